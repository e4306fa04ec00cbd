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
        Commands = (New-LlmchatTable @('ask', 'Ask one question', 'chat', 'Start an interactive chat', 'batch', 'Ask every prompt in a file', 'cmd', 'Turn words into a shell command', 'models', 'List providers and models', 'auth', 'Manage keys and sign-ins: llmchat auth gigachat', 'files', 'List and delete files in your account', 'history', 'List, search, show and export conversations', 'code', 'Print a code block of an answer', 'serve', 'Serve your models to other programs', 'tools', 'Manage tools that a model may call', 'plugins', 'Enable and check plugins', 'templates', 'List, show and edit prompt templates', 'config', 'View and change settings', 'doctor', 'Check files, settings, network and keys', 'completion', 'Print a shell completion script'))
        Flags = (New-LlmchatTable @('-h', 'Show the commands', '--help', 'Show the commands', '-V', 'Show the version', '--version', 'Show the version', '--color', 'auto, always or never'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'ask' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-f', 'Add a file, folder or URL to the prompt', '--file', 'Add a file, folder or URL to the prompt', '-a', 'Attach an image or a document', '--attach', 'Attach an image or a document', '--vs', 'Ask several models at once; once for each model', '-c', 'Continue the last conversation', '--continue', 'Continue the last conversation', '--cid', 'Continue this conversation (ID prefix or last)', '-x', 'Print only the first (or N-th) code block', '--extract', 'Print only the first (or N-th) code block', '--xl', 'Print only the last code block', '--count', 'Only count the tokens; do not ask', '--dry-run', 'Show what would be sent, and to whom; send nothing', '--edit', 'Write the question in your editor first', '-q', 'Hide notices and the spinner', '--quiet', 'Hide notices and the spinner', '-O', 'Write the answer to a file', '--output', 'Write the answer to a file', '--json', 'Print one JSON object', '--jsonl', 'Print JSON events, one per line', '--raw', 'Print plain text, even at a terminal', '--markdown', 'Render Markdown, even into a pipe', '--schema', 'Get JSON that matches a JSON Schema, or fields: `name, age int`', '--schema-list', 'Get a list of them: {"items": [...]}', '--schema-retries', 'Ask again if the answer does not match (1)', '-T', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--tool', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--no-tools', 'Offer no tools, whatever -T says', '--allow', 'Run this tool without asking; repeatable', '--max-rounds', 'Limit the rounds of tool calls (10)', '--allow-secrets', 'Send text that looks like a secret', '-m', 'MODEL or PROVIDER/MODEL', '--model', 'MODEL or PROVIDER/MODEL', '-p', 'Use only this provider (no fallback)', '--provider', 'Use only this provider (no fallback)', '-e', 'How much the model reasons: none, low, medium, high or max', '--effort', 'How much the model reasons: none, low, medium, high or max', '-s', 'Set the system message', '--system', 'Set the system message', '-t', 'Use a template; set its variables with `name=value`', '--template', 'Use a template; set its variables with `name=value`', '-o', 'Set a model option; repeatable', '--option', 'Set a model option; repeatable', '-n', 'Don''t save to history', '--no-save', 'Don''t save to history', '-u', 'Show token usage', '--usage', 'Show token usage', '--no-stream', 'Get the answer in one piece', '--no-instructions', 'Do not send AGENTS.md or LLMCHAT.md', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--fallback', 'Fallback provider; repeatable', '--timeout', 'Limit for the whole answer (default: none)', '--connect-timeout', 'Limit for connecting (10)', '--first-token-timeout', 'Limit for the first token (60)', '--stall-timeout', 'Give up after this long with no data (30)', '--content-timeout', 'Give up after this long with keep-alives only (120)', '--max-input', 'Largest text to add to a prompt (10MB)', '--no-wait', 'Do not wait for another llmchat using the same key', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-f', @('file', 1), '--file', @('file', 1), '-a', @('file', 1), '--attach', @('file', 1), '--vs', @('model', 1), '--cid', @('conversation', 1), '-O', @('file', 1), '--output', @('file', 1), '--schema', @('file', 1), '--schema-retries', @('text', 1), '-T', @('tool', 1), '--tool', @('tool', 1), '--allow', @('tool', 1), '--max-rounds', @('text', 1), '-m', @('model', 1), '--model', @('model', 1), '-p', @('provider', 1), '--provider', @('provider', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-s', @('text', 1), '--system', @('text', 1), '-t', @('template', 1), '--template', @('template', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('provider', 1), '--timeout', @('text', 1), '--connect-timeout', @('text', 1), '--first-token-timeout', @('text', 1), '--stall-timeout', @('text', 1), '--content-timeout', @('text', 1), '--max-input', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'chat' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-c', 'Continue the last conversation', '--continue', 'Continue the last conversation', '--cid', 'Continue this conversation (ID prefix or last)', '--resume', 'Choose a conversation to resume', '-q', 'Hide notices and the spinner', '--quiet', 'Hide notices and the spinner', '-T', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--tool', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--no-tools', 'Offer no tools, whatever -T says', '--allow', 'Run this tool without asking; repeatable', '--max-rounds', 'Limit the rounds of tool calls (10)', '--allow-secrets', 'Send text that looks like a secret', '-m', 'MODEL or PROVIDER/MODEL', '--model', 'MODEL or PROVIDER/MODEL', '-p', 'Use only this provider (no fallback)', '--provider', 'Use only this provider (no fallback)', '-e', 'How much the model reasons: none, low, medium, high or max', '--effort', 'How much the model reasons: none, low, medium, high or max', '-s', 'Set the system message', '--system', 'Set the system message', '-t', 'Use a template; set its variables with `name=value`', '--template', 'Use a template; set its variables with `name=value`', '-o', 'Set a model option; repeatable', '--option', 'Set a model option; repeatable', '-n', 'Don''t save to history', '--no-save', 'Don''t save to history', '-u', 'Show token usage', '--usage', 'Show token usage', '--no-stream', 'Get the answer in one piece', '--no-instructions', 'Do not send AGENTS.md or LLMCHAT.md', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--fallback', 'Fallback provider; repeatable', '--timeout', 'Limit for the whole answer (default: none)', '--connect-timeout', 'Limit for connecting (10)', '--first-token-timeout', 'Limit for the first token (60)', '--stall-timeout', 'Give up after this long with no data (30)', '--content-timeout', 'Give up after this long with keep-alives only (120)', '--max-input', 'Largest text to add to a prompt (10MB)', '--no-wait', 'Do not wait for another llmchat using the same key', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--cid', @('conversation', 1), '-T', @('tool', 1), '--tool', @('tool', 1), '--allow', @('tool', 1), '--max-rounds', @('text', 1), '-m', @('model', 1), '--model', @('model', 1), '-p', @('provider', 1), '--provider', @('provider', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-s', @('text', 1), '--system', @('text', 1), '-t', @('template', 1), '--template', @('template', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('provider', 1), '--timeout', @('text', 1), '--connect-timeout', @('text', 1), '--first-token-timeout', @('text', 1), '--stall-timeout', @('text', 1), '--content-timeout', @('text', 1), '--max-input', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'batch' = @{
        Default = ''
        Kinds = @('file', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--out', 'Append one JSON line per prompt to a file', '--resume', 'Skip prompts already answered in the --out file', '--jobs', 'Ask this many at a time (4)', '--limit', 'Ask at most this many', '--ordered', 'Write the lines in the order of the input', '--fail-fast', 'Stop at the first prompt that fails', '--format', 'Format of the input: lines, jsonl or csv', '-f', 'Add a file, folder or URL to each prompt; may contain `{{column}}`', '--file', 'Add a file, folder or URL to each prompt; may contain `{{column}}`', '-a', 'Attach an image or a document; may contain `{{column}}`', '--attach', 'Attach an image or a document; may contain `{{column}}`', '--save', 'Save the conversations to the history', '--dry-run', 'Check the input, show the first request; send nothing', '-q', 'Hide notices and the spinner', '--quiet', 'Hide notices and the spinner', '--schema', 'Get JSON that matches a JSON Schema, or fields: `name, age int`', '--schema-list', 'Get a list of them: {"items": [...]}', '--schema-retries', 'Ask again if the answer does not match (1)', '-T', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--tool', 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable', '--no-tools', 'Offer no tools, whatever -T says', '--allow', 'Run this tool without asking; repeatable', '--max-rounds', 'Limit the rounds of tool calls (10)', '--allow-secrets', 'Send text that looks like a secret', '-m', 'MODEL or PROVIDER/MODEL', '--model', 'MODEL or PROVIDER/MODEL', '-p', 'Use only this provider (no fallback)', '--provider', 'Use only this provider (no fallback)', '-e', 'How much the model reasons: none, low, medium, high or max', '--effort', 'How much the model reasons: none, low, medium, high or max', '-s', 'Set the system message', '--system', 'Set the system message', '-t', 'Use a template; set its variables with `name=value`', '--template', 'Use a template; set its variables with `name=value`', '-o', 'Set a model option; repeatable', '--option', 'Set a model option; repeatable', '--no-stream', 'Get the answer in one piece', '--no-instructions', 'Do not send AGENTS.md or LLMCHAT.md', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--fallback', 'Fallback provider; repeatable', '--timeout', 'Limit for the whole answer (default: none)', '--connect-timeout', 'Limit for connecting (10)', '--first-token-timeout', 'Limit for the first token (60)', '--stall-timeout', 'Give up after this long with no data (30)', '--content-timeout', 'Give up after this long with keep-alives only (120)', '--max-input', 'Largest text to add to a prompt (10MB)', '--no-wait', 'Do not wait for another llmchat using the same key', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--out', @('file', 1), '--jobs', @('text', 1), '--limit', @('text', 1), '--format', @('choice:lines jsonl csv', 1), '-f', @('file', 1), '--file', @('file', 1), '-a', @('file', 1), '--attach', @('file', 1), '--schema', @('file', 1), '--schema-retries', @('text', 1), '-T', @('choice:lines jsonl csv', 1), '--tool', @('choice:lines jsonl csv', 1), '--allow', @('tool', 1), '--max-rounds', @('text', 1), '-m', @('model', 1), '--model', @('model', 1), '-p', @('choice:lines jsonl csv', 1), '--provider', @('choice:lines jsonl csv', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-s', @('text', 1), '--system', @('text', 1), '-t', @('choice:lines jsonl csv', 1), '--template', @('choice:lines jsonl csv', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('choice:lines jsonl csv', 1), '--timeout', @('text', 1), '--connect-timeout', @('text', 1), '--first-token-timeout', @('text', 1), '--stall-timeout', @('text', 1), '--content-timeout', @('text', 1), '--max-input', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'cmd' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--print', 'Only print the command; never run it', '--explain', 'Explain the given command instead', '-q', 'Hide notices and the spinner', '--quiet', 'Hide notices and the spinner', '--allow-secrets', 'Send text that looks like a secret', '-m', 'MODEL or PROVIDER/MODEL', '--model', 'MODEL or PROVIDER/MODEL', '-p', 'Use only this provider (no fallback)', '--provider', 'Use only this provider (no fallback)', '-e', 'How much the model reasons: none, low, medium, high or max', '--effort', 'How much the model reasons: none, low, medium, high or max', '-o', 'Set a model option; repeatable', '--option', 'Set a model option; repeatable', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--fallback', 'Fallback provider; repeatable', '--timeout', 'Limit for the whole answer (default: none)', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-m', @('model', 1), '--model', @('model', 1), '-p', @('provider', 1), '--provider', @('provider', 1), '-e', @('choice:none low medium high max', 1), '--effort', @('choice:none low medium high max', 1), '-o', @('text', 2), '--option', @('text', 2), '--proxy', @('text', 1), '--fallback', @('provider', 1), '--timeout', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'models' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--refresh', 'Fetch the model lists from the services', '--health', 'Show how each provider has been doing', '--balance', 'Show what is left of GigaChat''s token packages', '--stop', 'With local: stop the loaded models', '--json', 'Print a JSON array', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'auth' = @{
        Default = 'login'
        Kinds = @('service')
        Commands = (New-LlmchatTable @('login', 'Sign in: prompt for the key (input hidden), check it and store it', 'status', 'Show where you are signed in, where each key is stored, and when tokens expire', 'logout', 'Sign out: delete the key and its tokens from this computer', 'token', 'Print an access token that is valid for at least another minute, for scripts'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'auth login' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--key-stdin', 'Read the key from stdin', '--key-file', 'Read the key from a file', '--key-command', 'Read the key from a command''s output', '--scope', 'GigaChat''s scope (default: try each)', '--keyring', 'Store the key in the system keyring', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--key-file', @('file', 1), '--key-command', @('text', 1), '--scope', @('choice:PERS B2B CORP', 1), '--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'auth status' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'auth logout' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'auth token' = @{
        Default = ''
        Kinds = @('service')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'files' = @{
        Default = ''
        Kinds = @('provider', 'text', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-O', 'Where get saves the file', '--output', 'Where get saves the file', '--all', 'Delete every file', '--yes', 'Delete without confirmation', '--json', 'Print a JSON array', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-O', @('file', 1), '--output', @('file', 1), '--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'List the latest conversations', 'show', 'Show one conversation; with --json, all of its branches', 'search', 'Find messages by words, beginnings of words, "exact phrases" and the filters provider: model:', 'rename', 'Rename a conversation', 'tag', 'Add or remove a conversation''s tags; without any, print them', 'delete', 'Move conversations to the trash', 'restore', 'Restore conversations from the trash', 'purge', 'Permanently delete conversations from the trash', 'stats', 'Show the number of conversations, answers and tokens, their cost, and the size', 'export', 'Write conversations as Markdown, HTML, or JSON that `import` reads back', 'import', 'Read conversations: llmchat''s export or history.db, llm''s logs.db, ChatGPT''s', 'code', 'Print a code block of the last answer that has one'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-n', 'Show at most this many', '-l', 'Show at most this many', '--limit', 'Show at most this many', '--all', 'Show all, without a limit', '--trash', 'List the trash', '--schema', 'List only those with schema data (NAME: data of that schema)', '--tag', 'List only those with this tag', '--json', 'Print a JSON array', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-n', @('text', 1), '-l', @('text', 1), '--limit', @('text', 1), '--tag', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history show' = @{
        Default = ''
        Kinds = @('conversation')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print one JSON object', '--raw', 'Print Markdown without rendering it', '--data', 'Print only the schema data of the answers', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--color', @('choice:auto always never', 1)))
    }
    'history search' = @{
        Default = ''
        Kinds = @('text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-n', 'Show at most this many', '-l', 'Show at most this many', '--limit', 'Show at most this many', '--rank', 'Show the best match first', '--json', 'Print a JSON array', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-n', @('text', 1), '-l', @('text', 1), '--limit', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'history rename' = @{
        Default = ''
        Kinds = @('conversation', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history tag' = @{
        Default = ''
        Kinds = @('conversation', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-r', 'Remove this tag; repeatable', '--remove', 'Remove this tag; repeatable', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-r', @('text', 1), '--remove', @('text', 1)))
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
        Flags = (New-LlmchatTable @('--all', 'Delete everything in the trash', '--older-than', 'With --all: only what was deleted more than this many days ago', '-y', 'Do not ask for confirmation', '--yes', 'Do not ask for confirmation', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--older-than', @('text', 1)))
    }
    'history stats' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--days', 'Only the last N days, today included', '--by', 'Show tokens and cost by model, day or provider', '--json', 'Print one JSON object', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--days', @('text', 1), '--by', @('choice:model day provider', 1), '--color', @('choice:auto always never', 1)))
    }
    'history export' = @{
        Default = ''
        Kinds = @('conversation*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--all', 'Export every conversation', '-f', 'Format: markdown, json, jsonl or html', '--format', 'Format: markdown, json, jsonl or html', '-O', 'Write to this file', '--output', 'Write to this file', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-f', @('choice:markdown json jsonl html', 1), '--format', @('choice:markdown json jsonl html', 1), '-O', @('file', 1), '--output', @('file', 1)))
    }
    'history import' = @{
        Default = ''
        Kinds = @('file*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'history code' = @{
        Default = ''
        Kinds = @('conversation', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--list', 'List the blocks', '--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'code' = @{
        Default = ''
        Kinds = @('conversation', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--list', 'List the blocks', '--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'serve' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-p', 'Serve only this provider', '--provider', 'Serve only this provider', '--host', 'Address to listen on (127.0.0.1)', '--port', 'Port (8642)', '--key-file', 'Use the key in a file', '--no-key', 'Do not require a key (this computer only)', '--show-key', 'Print the key and exit', '--origin', 'Allow requests from pages of this origin', '--allow-keyless', 'Serve this keyless service too', '--save', 'Save the conversations to the history', '--jsonl-log', 'Append one JSON line per request', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('-p', @('provider', 1), '--provider', @('provider', 1), '--host', @('text', 1), '--port', @('text', 1), '--key-file', @('file', 1), '--origin', @('text', 1), '--allow-keyless', @('text', 1), '--jsonl-log', @('file', 1)))
    }
    'tools' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'List the configured tools. Nothing is started', 'show', 'Show the tools of a server, or the whole definition of one tool', 'test', 'Start a server, list its tools, and stop it', 'run', 'Call one tool yourself and print its result, without confirmation', 'add', 'Add a server, a command or a Python function to config.toml', 'remove', 'Remove a tool from config.toml', 'import', 'Import servers from another program''s file; each is shown and confirmed'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools show' = @{
        Default = ''
        Kinds = @('tool')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print one JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools test' = @{
        Default = ''
        Kinds = @('tool')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print one JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools run' = @{
        Default = ''
        Kinds = @('tool', 'text')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print one JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools add' = @{
        Default = ''
        Kinds = @('text', 'text*')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--type', 'Set the type: stdio, http, sse, command or python', '--env', 'Pass a variable; repeatable', '--header', 'Send a header; repeatable', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--type', @('text', 1), '--env', @('text', 1), '--header', @('text', 1)))
    }
    'tools remove' = @{
        Default = ''
        Kinds = @('tool')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'tools import' = @{
        Default = ''
        Kinds = @('file')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--yes', 'Import all without confirmation', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'plugins' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'List what is installed, enabled or not. Nothing is imported', 'enable', 'Let llmchat use a plugin: it is code that runs with your rights', 'disable', 'Stop using a plugin. It stays installed', 'check', 'Import a plugin and test it: its code runs. Exit code 1 if something is wrong'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'plugins list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'plugins enable' = @{
        Default = ''
        Kinds = @('plugin')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'plugins disable' = @{
        Default = ''
        Kinds = @('plugin')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'plugins check' = @{
        Default = ''
        Kinds = @('plugin')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @('list', 'List your own and the built-in templates', 'show', 'Print the template''s file', 'edit', 'Open a template in $VISUAL or $EDITOR; one that is not yours is copied first', 'path', 'Show where a template is, or the folder with your own'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'templates list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
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
        Commands = (New-LlmchatTable @('list', 'List every setting with its value and origin. Keys are masked', 'get', 'Show the value of one setting as it applies here', 'set', 'Set a value in the file; comments and order are preserved', 'unset', 'Remove a setting, or a whole table, from the file', 'edit', 'Open the file in $VISUAL or $EDITOR, then check it', 'path', 'Show where the file is', 'validate', 'Check the settings file, the project file and the environment; one line per mistake'))
        Flags = (New-LlmchatTable @('-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config list' = @{
        Default = ''
        Kinds = @()
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print a JSON array', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @())
    }
    'config get' = @{
        Default = ''
        Kinds = @('setting')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--json', 'Print one JSON object', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
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
        Flags = (New-LlmchatTable @('--all', 'Show every folder and file of llmchat', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
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
        Flags = (New-LlmchatTable @('--live', 'Ask each service one real, tiny question', '--json', 'Print one JSON object', '--proxy', 'Proxy URL: http, https, socks5 or socks5h', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
        Values = (New-LlmchatTable @('--proxy', @('text', 1), '--color', @('choice:auto always never', 1)))
    }
    'completion' = @{
        Default = ''
        Kinds = @('choice:bash zsh fish powershell')
        Commands = (New-LlmchatTable @())
        Flags = (New-LlmchatTable @('--keys', 'Print a key binding instead: Alt-E writes commands', '--color', 'Use colour: auto, always or never', '-h', 'Show this message and exit', '--help', 'Show this message and exit'))
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
