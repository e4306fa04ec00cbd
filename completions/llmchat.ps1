# PowerShell completion for llmchat
# Made by `python -m dev.completion` from the commands themselves; do not edit.
#
# put into $PROFILE: llmchat completion powershell | Out-String | Invoke-Expression

function script:New-LlmchatTable([object[]] $rows) {
    $table = [System.Collections.Specialized.OrderedDictionary]::new(
        [System.StringComparer]::Ordinal)
    for ($i = 0; $i + 1 -lt $rows.Count; $i += 2) { $table[$rows[$i]] = $rows[$i + 1] }
    return , $table
}

$global:LlmchatCommands = @{
    '' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('ask', 'Ask one question', 'chat', 'Talk, in a session that remembers', 'models', 'List providers and models', 'auth', 'Sign in, sign out, see who you are', 'files', 'List and delete files in your account', 'history', 'List, search, show and export conversations', 'code', 'Print a code block of an answer', 'templates', 'List, show and edit prompt templates', 'config', 'See and change settings', 'doctor', 'Check that everything works', 'completion', 'Print the completion script of a shell'))
        Flags = (New-LlmchatTable @('-h', 'Show the commands', '--help', 'Show the commands', '-V', 'Show the version', '--version', 'Show the version', '--color', 'auto, always or never'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'ask' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-f', 'Join this text to the prompt', '--file', 'Join this text to the prompt', '-a', 'Send an image or a document along', '--attach', 'Send an image or a document along', '-c', 'Go on with the last conversation', '--continue', 'Go on with the last conversation', '--cid', 'Go on with this conversation (id prefix or last)', '-x', 'Only the first (N-th) code block', '--extract', 'Only the first (N-th) code block', '--xl', 'Only the last code block', '--count', 'Only count the tokens; nothing is asked', '-q', 'No notices, no spinner', '--quiet', 'No notices, no spinner', '-O', 'Write the whole answer to a file', '--output', 'Write the whole answer to a file', '--json', 'One JSON object', '--jsonl', 'JSON events as they come', '--raw', 'The text as it comes, not rendered', '--markdown', 'Rendered Markdown, also into a pipe', '--allow-secrets', 'Send what looks like a secret as well', '-m', 'MODEL, or PROVIDER/MODEL', '--model', 'MODEL, or PROVIDER/MODEL', '-p', 'The provider; it never moves on', '--provider', 'The provider; it never moves on', '-e', 'How much the model thinks: none, low, medium, high or max', '--effort', 'How much the model thinks: none, low, medium, high or max', '-s', 'The system message', '--system', 'The system message', '-t', 'A template; `name=value` fills it', '--template', 'A template; `name=value` fills it', '-o', 'An option of the model; repeatable', '--option', 'An option of the model; repeatable', '-n', 'Keep nothing on this computer', '--no-save', 'Keep nothing on this computer', '-u', 'Show the tokens used', '--usage', 'Show the tokens used', '--no-stream', 'Ask for the answer in one piece', '--proxy', 'http, https, socks5 or socks5h', '--fallback', 'Ask this one when the first fails', '--timeout', 'For the whole answer (no limit)', '--connect-timeout', 'For a connection (10)', '--first-token-timeout', 'For the first token (60)', '--stall-timeout', 'Without a byte (30)', '--content-timeout', 'With pings but no text (120)', '--max-input', 'Largest text from stdin (10MB)', '--no-wait', 'Do not wait for another llmchat with the same key', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-f', @('file', 1), '--file', @('file', 1), '-a', @('file', 1), '--attach', @('file', 1), '--cid', @('conversation', 1), '-O', @('file', 1), '--output', @('file', 1), '-m', @('model', 1), '--model', @('model', 1), '-p', @('provider', 1), '--provider', @('provider', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-s', @('text', 1), '--system', @('text', 1), '-t', @('template', 1), '--template', @('template', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('provider', 1), '--timeout', @('text', 1), '--connect-timeout', @('text', 1), '--first-token-timeout', @('text', 1), '--stall-timeout', @('text', 1), '--content-timeout', @('text', 1), '--max-input', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'chat' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-c', 'Go on with the last conversation', '--continue', 'Go on with the last conversation', '--cid', 'Go on with this conversation (id prefix or last)', '--resume', 'Choose a conversation to go on with', '-q', 'No notices, no spinner', '--quiet', 'No notices, no spinner', '--allow-secrets', 'Send what looks like a secret as well', '-m', 'MODEL, or PROVIDER/MODEL', '--model', 'MODEL, or PROVIDER/MODEL', '-p', 'The provider; it never moves on', '--provider', 'The provider; it never moves on', '-e', 'How much the model thinks: none, low, medium, high or max', '--effort', 'How much the model thinks: none, low, medium, high or max', '-s', 'The system message', '--system', 'The system message', '-t', 'A template; `name=value` fills it', '--template', 'A template; `name=value` fills it', '-o', 'An option of the model; repeatable', '--option', 'An option of the model; repeatable', '-n', 'Keep nothing on this computer', '--no-save', 'Keep nothing on this computer', '-u', 'Show the tokens used', '--usage', 'Show the tokens used', '--no-stream', 'Ask for the answer in one piece', '--proxy', 'http, https, socks5 or socks5h', '--fallback', 'Ask this one when the first fails', '--timeout', 'For the whole answer (no limit)', '--connect-timeout', 'For a connection (10)', '--first-token-timeout', 'For the first token (60)', '--stall-timeout', 'Without a byte (30)', '--content-timeout', 'With pings but no text (120)', '--max-input', 'Largest text from stdin (10MB)', '--no-wait', 'Do not wait for another llmchat with the same key', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--cid', @('conversation', 1), '-m', @('model', 1), '--model', @('model', 1), '-p', @('provider', 1), '--provider', @('provider', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-s', @('text', 1), '--system', @('text', 1), '-t', @('template', 1), '--template', @('template', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('provider', 1), '--timeout', @('text', 1), '--connect-timeout', @('text', 1), '--first-token-timeout', @('text', 1), '--stall-timeout', @('text', 1), '--content-timeout', @('text', 1), '--max-input', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'models' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--refresh', 'Ask the services for their lists', '--health', 'How each provider did lately', '--balance', 'What is left of GigaChat''s packages', '--json', 'One JSON object', '--proxy', 'http, https, socks5 or socks5h', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'auth' = @{
        Default = 'login'
        Kinds = @('service')
        Commands = (New-LlmchatTable @('login', 'Sign in: asks for the key unseen, tries it, and keeps it for you alone', 'status', 'Show who is signed in, where each key lies, and how long tokens live', 'logout', 'Sign out: forgets the key and its tokens on this computer', 'token', 'Print an access token that is valid for another minute at least, for scripts'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'auth login' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--key-stdin', 'Read the key from stdin', '--key-file', 'Read the key from a file', '--key-command', 'Run this; it prints the key', '--scope', 'GigaChat''s scope (found by trying)', '--keyring', 'Keep the key in the system''s keyring', '--proxy', 'http, https, socks5 or socks5h', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--key-file', @('file', 1), '--key-command', @('text', 1), '--scope', @('choice:PERS B2B CORP', 1), '--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'auth status' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'auth logout' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'auth token' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--proxy', 'http, https, socks5 or socks5h', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'files' = @{
        Default = ''
        Kinds = @('provider', 'choice:list delete', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--all', 'Delete all of them', '--yes', 'Delete without asking', '--json', 'One JSON object', '--proxy', 'http, https, socks5 or socks5h', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'The newest conversations', 'show', 'One conversation as it reads; with --json every branch of it', 'search', 'Find messages: words and their beginnings, "exact words", provider: model: before: after:', 'rename', 'Give a conversation another title', 'delete', 'Move conversations into the trash', 'restore', 'Bring conversations back from the trash', 'purge', 'Remove deleted conversations for good', 'stats', 'How much was said, when, with whom, and how large it is', 'export', 'Write conversations as Markdown, HTML, or JSON that `import` reads back', 'import', 'Read conversations: llmchat''s export or history.db, llm''s logs.db, ChatGPT''s', 'code', 'Print the N-th code block of the last answer with code in it'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-l', 'At most so many', '--limit', 'At most so many', '--all', 'Without a limit', '--trash', 'Those that were deleted', '--json', 'One JSON object', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-l', @('text', 1), '--limit', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history show' = @{
        Default = ''
        Kinds = @('conversation')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '--raw', 'Markdown as it is', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'history search' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-l', 'At most so many', '--limit', 'At most so many', '--rank', 'The best match first', '--json', 'One JSON object', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-l', @('text', 1), '--limit', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history rename' = @{
        Default = ''
        Kinds = @('conversation', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history delete' = @{
        Default = ''
        Kinds = @('conversation*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history restore' = @{
        Default = ''
        Kinds = @('conversation*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history purge' = @{
        Default = ''
        Kinds = @('conversation*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--all', 'Everything in the trash', '--older-than', 'With --all: deleted before', '-y', 'Do not ask', '--yes', 'Do not ask', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--older-than', @('text', 1)))
    }
    'history stats' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history export' = @{
        Default = ''
        Kinds = @('conversation*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--all', 'Every conversation', '-f', 'markdown, json, jsonl or html', '--format', 'markdown, json, jsonl or html', '-O', 'Write it there', '--output', 'Write it there', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-f', @('choice:markdown json jsonl html', 1), '--format', @('choice:markdown json jsonl html', 1), '-O', @('file', 1), '--output', @('file', 1)))
    }
    'history import' = @{
        Default = ''
        Kinds = @('file*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history code' = @{
        Default = ''
        Kinds = @('conversation', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--list', 'Say which blocks there are', '--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'code' = @{
        Default = ''
        Kinds = @('conversation', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--list', 'Say which blocks there are', '--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'Your own templates and the ones that come with llmchat', 'show', 'The file as it is', 'edit', 'Open your template in $VISUAL or $EDITOR; a shipped one is copied first', 'path', 'Where a template is, or the folder of yours'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates show' = @{
        Default = ''
        Kinds = @('template')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates edit' = @{
        Default = ''
        Kinds = @('template')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates path' = @{
        Default = ''
        Kinds = @('template')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'Each setting, its value, and where it comes from. Keys are masked', 'get', 'The value of one setting, as it counts here', 'set', 'Write one setting into the file; its comments and its order stay', 'unset', 'Take one setting, or a whole table, out of the file', 'edit', 'Open the file in $VISUAL or $EDITOR, then check it', 'path', 'Where the file is', 'validate', 'Check the file, the project''s file and the environment: a line for each mistake'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config get' = @{
        Default = ''
        Kinds = @('setting')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'One JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config set' = @{
        Default = ''
        Kinds = @('setting', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config unset' = @{
        Default = ''
        Kinds = @('setting')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config edit' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config path' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--all', 'Every folder and file of llmchat', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config validate' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'doctor' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--live', 'Try each key with one real request', '--json', 'One JSON object', '--proxy', 'http, https, socks5 or socks5h', '--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'completion' = @{
        Default = ''
        Kinds = @('choice:bash zsh fish powershell')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--color', 'auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
}

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
