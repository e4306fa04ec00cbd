"""completions/llmchat.ps1: for PowerShell 5.1 and newer."""

from __future__ import annotations

from collections.abc import Iterable

from dev.completion.tree import MADE, Node, short

HEAD = f"""# PowerShell completion for llmchat
# {MADE}
#
# put into $PROFILE: llmchat completion powershell | Out-String | Invoke-Expression
"""

MACHINE = r"""
Register-ArgumentCompleter -Native -CommandName llmchat -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString().Trim('"', "'") } | Select-Object -Skip 1)
    # What is offered holds no quote of any kind, so single quotes make every name harmless.
    $typed = $wordToComplete -replace '["''`]', ''
    $tree = $global:LlmchatCommands
    $path = ''
    $position = 0
    $pending = 0
    $wanted = ''
    foreach ($word in $before) {
        if ($pending -gt 0) { $pending--; continue }
        $wanted = ''
        $node = $tree[$path]
        if ($word -eq '--') { return }
        if ($word -like '--*=*') { continue }
        if ($word -like '-?*') {
            $value = $node.Values[$word]
            if ($value) { $wanted = $value[0]; $pending = $value[1] }
        } elseif ($node.Commands.Contains($word)) {
            $path = "$path $word".Trim()
        } else {
            if ($node.Default) { $path = "$path $($node.Default)" }
            $position++
        }
    }
    if ($pending -eq 0) { $wanted = '' }
    $node = $tree[$path]
    $found = [ordered]@{}
    if (-not $wanted -and $typed -like '-*') {
        foreach ($flag in $node.Flags.Keys) { $found[$flag] = $node.Flags[$flag] }
    } elseif (-not $wanted) {
        if ($position -eq 0) {
            foreach ($name in $node.Commands.Keys) { $found[$name] = $node.Commands[$name] }
        }
        $kinds = @($node.Kinds)
        if ($position -lt $kinds.Count) { $wanted = $kinds[$position] }
        elseif ($kinds.Count -and $kinds[-1].EndsWith('*')) { $wanted = $kinds[-1] }
        $wanted = "$wanted".TrimEnd('*')
    }
    if ($wanted -eq 'file' -or $wanted -eq 'text') { return }
    if ($wanted -like 'choice:*') {
        foreach ($name in $wanted.Substring(7).Split(' ')) { $found[$name] = $name }
    } elseif ($wanted) {
        Push-Location -LiteralPath $HOME  # nothing of the current folder runs at a TAB
        try { $lines = @(& llmchat __complete $wanted $typed @before 2>$null) }
        finally { Pop-Location }
        foreach ($line in $lines) {
            $value, $about = $line -split "`t", 2
            $found[$value] = $about
        }
    }
    foreach ($name in $found.Keys) {
        if ($name.StartsWith($typed, [System.StringComparison]::Ordinal)) {
            $about = if ($found[$name]) { $found[$name] } else { $name }
            $bare = $typed -eq $wordToComplete -and $name -match '^[\w./:+-]+$'
            $text = if ($bare) { $name } else { "'$name'" }
            [System.Management.Automation.CompletionResult]::new(
                $text, $name, 'ParameterValue', $about)
        }
    }
}
"""


def script(top: Node) -> str:
    nodes = "".join(f"    {_quoted(node.name)} = {_node(node)}\n" for node in top.walk())
    # Some names differ only in case (-o and -O), which a hash table of @{} does not distinguish.
    table = "$global:LlmchatCommands = @{\n" + nodes + "}\n"
    return f"{HEAD}\n{FOLD}\n{table}{MACHINE}"


FOLD = r"""function script:New-LlmchatTable([object[]] $rows) {
    $table = [System.Collections.Specialized.OrderedDictionary]::new(
        [System.StringComparer]::Ordinal)
    for ($i = 0; $i + 1 -lt $rows.Count; $i += 2) { $table[$rows[$i]] = $rows[$i + 1] }
    return , $table
}
"""


def _node(node: Node) -> str:
    commands = _table((child.path[-1], _quoted(short(child.about))) for child in node.children)
    flags = _table((name, _quoted(short(f.about))) for f in node.flags for name in f.names)
    values = _table(
        (name, f"@({_quoted(f.kind)}, {f.values})")
        for f in node.flags
        for name in f.names
        if f.values
    )
    kinds = ", ".join(_quoted(kind) for kind in (node.meant or node).kinds)
    return (
        f"@{{\n        Default = {_quoted(node.default)}\n        Kinds = @({kinds})\n"
        f"        Commands = {commands}\n        Flags = {flags}\n        Values = {values}\n    }}"
    )


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    cells = ", ".join(f"{_quoted(name)}, {value}" for name, value in pairs)
    return f"(New-LlmchatTable @({cells}))"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
