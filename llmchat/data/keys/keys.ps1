# Alt-E turns the words in the line into a command in the line; nothing is run.
# In $PROFILE: llmchat completion powershell --keys | Out-String | Invoke-Expression
#
# Ctrl-Z (Ctrl-_ in Emacs mode) brings the words back. Alt-E on such a command explains it.

$global:LlmchatMade = ''

Set-PSReadLineKeyHandler -Chord 'Alt+e' -BriefDescription 'LlmchatCommand' -ScriptBlock {
    $line = $null
    $cursor = $null
    [Microsoft.PowerShell.PSConsoleReadLine]::GetBufferState([ref]$line, [ref]$cursor)
    if ([string]::IsNullOrWhiteSpace($line)) { return }
    $program = Get-Command llmchat -CommandType Application -ErrorAction Ignore |
        Where-Object { [IO.Path]::IsPathRooted($_.Path) } | Select-Object -First 1
    if (-not $program) { Write-Host "`nllmchat: command not found"; return }
    # Through a pipe: arguments of older versions lose their quotes.
    $OutputEncoding = [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
    if ($global:LlmchatMade -and $line -ceq $global:LlmchatMade) {
        Write-Host ''
        $line | & $program.Path cmd --explain - | Out-Host
        [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt()
        return
    }
    $said = ($line | & $program.Path cmd --line - 2>$null) -join "`n"
    $at = $said.IndexOf([char]0x1e)
    $command = if ($at -ge 0) { $said.Substring(0, $at) } else { '' }
    $message = if ($at -ge 0) { $said.Substring($at + 1) } else { 'llmchat: no answer' }
    if ($command) {
        $global:LlmchatMade = $command
        [Microsoft.PowerShell.PSConsoleReadLine]::Replace(0, $line.Length, $command)
    }
    if ($message) {
        Write-Host "`n$message"
        [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt()
    }
}
