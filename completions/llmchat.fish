# fish completion for llmchat
# Made by `python -m dev.completion` from the commands themselves; do not edit.
#
# put it as `llmchat.fish` into ~/.config/fish/completions/

function __llmchat_subcommands
    switch "$argv[1]"
        case ''
            printf '%s\n' ask chat batch cmd models auth files history code serve tools plugins templates config doctor completion
        case 'auth'
            printf '%s\n' login status logout token
        case 'history'
            printf '%s\n' list show search rename tag delete restore purge stats export import code
        case 'tools'
            printf '%s\n' list show test run add remove import
        case 'plugins'
            printf '%s\n' list enable disable check
        case 'templates'
            printf '%s\n' list show edit path
        case 'config'
            printf '%s\n' list get set unset edit path validate
    end
end

function __llmchat_default
    switch "$argv[1]"
        case 'auth'
            echo login
    end
end

function __llmchat_values
    switch "$argv[1] $argv[2]"
        case ' --color'
            echo 1
        case 'ask -f' 'ask --file'
            echo 1
        case 'ask -a' 'ask --attach'
            echo 1
        case 'ask --vs'
            echo 1
        case 'ask --cid'
            echo 1
        case 'ask -O' 'ask --output'
            echo 1
        case 'ask --schema'
            echo 1
        case 'ask --schema-retries'
            echo 1
        case 'ask -T' 'ask --tool'
            echo 1
        case 'ask --allow'
            echo 1
        case 'ask --max-rounds'
            echo 1
        case 'ask -m' 'ask --model'
            echo 1
        case 'ask -p' 'ask --provider'
            echo 1
        case 'ask -e' 'ask --effort'
            echo 1
        case 'ask -s' 'ask --system'
            echo 1
        case 'ask -t' 'ask --template'
            echo 1
        case 'ask -o' 'ask --option'
            echo 2
        case 'ask --proxy'
            echo 1
        case 'ask --fallback'
            echo 1
        case 'ask --timeout'
            echo 1
        case 'ask --connect-timeout'
            echo 1
        case 'ask --first-token-timeout'
            echo 1
        case 'ask --stall-timeout'
            echo 1
        case 'ask --content-timeout'
            echo 1
        case 'ask --max-input'
            echo 1
        case 'ask --color'
            echo 1
        case 'chat --cid'
            echo 1
        case 'chat -T' 'chat --tool'
            echo 1
        case 'chat --allow'
            echo 1
        case 'chat --max-rounds'
            echo 1
        case 'chat -m' 'chat --model'
            echo 1
        case 'chat -p' 'chat --provider'
            echo 1
        case 'chat -e' 'chat --effort'
            echo 1
        case 'chat -s' 'chat --system'
            echo 1
        case 'chat -t' 'chat --template'
            echo 1
        case 'chat -o' 'chat --option'
            echo 2
        case 'chat --proxy'
            echo 1
        case 'chat --fallback'
            echo 1
        case 'chat --timeout'
            echo 1
        case 'chat --connect-timeout'
            echo 1
        case 'chat --first-token-timeout'
            echo 1
        case 'chat --stall-timeout'
            echo 1
        case 'chat --content-timeout'
            echo 1
        case 'chat --max-input'
            echo 1
        case 'chat --color'
            echo 1
        case 'batch --out'
            echo 1
        case 'batch --jobs'
            echo 1
        case 'batch --limit'
            echo 1
        case 'batch --format'
            echo 1
        case 'batch -f' 'batch --file'
            echo 1
        case 'batch -a' 'batch --attach'
            echo 1
        case 'batch --schema'
            echo 1
        case 'batch --schema-retries'
            echo 1
        case 'batch -T' 'batch --tool'
            echo 1
        case 'batch --allow'
            echo 1
        case 'batch --max-rounds'
            echo 1
        case 'batch -m' 'batch --model'
            echo 1
        case 'batch -p' 'batch --provider'
            echo 1
        case 'batch -e' 'batch --effort'
            echo 1
        case 'batch -s' 'batch --system'
            echo 1
        case 'batch -t' 'batch --template'
            echo 1
        case 'batch -o' 'batch --option'
            echo 2
        case 'batch --proxy'
            echo 1
        case 'batch --fallback'
            echo 1
        case 'batch --timeout'
            echo 1
        case 'batch --connect-timeout'
            echo 1
        case 'batch --first-token-timeout'
            echo 1
        case 'batch --stall-timeout'
            echo 1
        case 'batch --content-timeout'
            echo 1
        case 'batch --max-input'
            echo 1
        case 'batch --color'
            echo 1
        case 'cmd -m' 'cmd --model'
            echo 1
        case 'cmd -p' 'cmd --provider'
            echo 1
        case 'cmd -e' 'cmd --effort'
            echo 1
        case 'cmd -o' 'cmd --option'
            echo 2
        case 'cmd --proxy'
            echo 1
        case 'cmd --fallback'
            echo 1
        case 'cmd --timeout'
            echo 1
        case 'cmd --color'
            echo 1
        case 'models --proxy'
            echo 1
        case 'models --color'
            echo 1
        case 'auth login --key-file'
            echo 1
        case 'auth login --key-command'
            echo 1
        case 'auth login --scope'
            echo 1
        case 'auth login --proxy'
            echo 1
        case 'auth login --color'
            echo 1
        case 'auth status --color'
            echo 1
        case 'auth logout --color'
            echo 1
        case 'auth token --proxy'
            echo 1
        case 'auth token --color'
            echo 1
        case 'files -O' 'files --output'
            echo 1
        case 'files --proxy'
            echo 1
        case 'files --color'
            echo 1
        case 'history list -n' 'history list -l' 'history list --limit'
            echo 1
        case 'history list --tag'
            echo 1
        case 'history list --color'
            echo 1
        case 'history show --color'
            echo 1
        case 'history search -n' 'history search -l' 'history search --limit'
            echo 1
        case 'history search --color'
            echo 1
        case 'history tag -r' 'history tag --remove'
            echo 1
        case 'history purge --older-than'
            echo 1
        case 'history stats --days'
            echo 1
        case 'history stats --by'
            echo 1
        case 'history stats --color'
            echo 1
        case 'history export -f' 'history export --format'
            echo 1
        case 'history export -O' 'history export --output'
            echo 1
        case 'serve -p' 'serve --provider'
            echo 1
        case 'serve --host'
            echo 1
        case 'serve --port'
            echo 1
        case 'serve --key-file'
            echo 1
        case 'serve --origin'
            echo 1
        case 'serve --allow-keyless'
            echo 1
        case 'serve --jsonl-log'
            echo 1
        case 'tools add --type'
            echo 1
        case 'tools add --env'
            echo 1
        case 'tools add --header'
            echo 1
        case 'doctor --proxy'
            echo 1
        case 'doctor --color'
            echo 1
        case 'completion --color'
            echo 1
        case '*'
            echo 0
    end
end


# Prints the command that the cursor is in, then how many arguments stand before it.
function __llmchat_place
    set -l path
    set -l position 0
    set -l pending 0
    for word in (commandline -opc)[2..-1]
        if test $pending -gt 0
            set pending (math $pending - 1)
        else if test "$word" = --
            echo text
            echo 0
            return
        else if string match -q -- '--*=*' $word
            continue
        else if string match -q -- '-?*' $word
            set pending (__llmchat_values "$path" $word)
        else if contains -- $word (__llmchat_subcommands "$path")
            set path (string trim -- "$path $word")
        else
            set -l default (__llmchat_default "$path")
            if test -n "$default"
                set path "$path $default"
            end
            set position (math $position + 1)
        end
    end
    echo "$path"
    echo $position
end

# Is the cursor in this command? With a position: is it at that argument, or behind it (+)?
function __llmchat_at
    set -l place (__llmchat_place)
    test "$place[1]" = "$argv[1]"; or return 1
    switch "$argv[2]"
        case ''
            return 0
        case '*+'
            test $place[2] -ge (string trim -r -c + -- $argv[2])
        case '*'
            test $place[2] -eq $argv[2]
    end
end

# The words that only llmchat knows.
function __llmchat_offer
    set -l words (commandline -opc)
    # none that lies in the current folder: a TAB is not an Enter
    set -l program (string replace -r -- '^~/' "$HOME/" $words[1]; type -ap llmchat)
    set program (string match -- '/*' $program)[1]
    test -n "$program"; or return
    set -l current (commandline -ct | string collect)
    # what is offered has neither quotes nor backslashes
    set current (string replace -r -- '^--[a-z-]+=' '' $current | string replace -ra '["\'\\\\]' '')
    set -l there 'cd 2>/dev/null || cd /; exec "$@"'
    /bin/sh -c $there llmchat $program __complete $argv[1] "$current" $words[2..-1] 2>/dev/null
end

complete -c llmchat -f

# llmchat
complete -c llmchat -n '__llmchat_at \'\' 0' -a ask -d 'Ask one question'
complete -c llmchat -n '__llmchat_at \'\' 0' -a chat -d 'Start an interactive chat'
complete -c llmchat -n '__llmchat_at \'\' 0' -a batch -d 'Ask every prompt in a file'
complete -c llmchat -n '__llmchat_at \'\' 0' -a cmd -d 'Turn words into a shell command'
complete -c llmchat -n '__llmchat_at \'\' 0' -a models -d 'List providers and models'
complete -c llmchat -n '__llmchat_at \'\' 0' -a auth -d 'Manage keys and sign-ins: llmchat auth gigachat'
complete -c llmchat -n '__llmchat_at \'\' 0' -a files -d 'List and delete files in your account'
complete -c llmchat -n '__llmchat_at \'\' 0' -a history -d 'List, search, show and export conversations'
complete -c llmchat -n '__llmchat_at \'\' 0' -a code -d 'Print a code block of an answer'
complete -c llmchat -n '__llmchat_at \'\' 0' -a serve -d 'Serve your models to other programs'
complete -c llmchat -n '__llmchat_at \'\' 0' -a tools -d 'Manage tools that a model may call'
complete -c llmchat -n '__llmchat_at \'\' 0' -a plugins -d 'Enable and check plugins'
complete -c llmchat -n '__llmchat_at \'\' 0' -a templates -d 'List, show and edit prompt templates'
complete -c llmchat -n '__llmchat_at \'\' 0' -a config -d 'View and change settings'
complete -c llmchat -n '__llmchat_at \'\' 0' -a doctor -d 'Check files, settings, network and keys'
complete -c llmchat -n '__llmchat_at \'\' 0' -a completion -d 'Print a shell completion script'
complete -c llmchat -n '__llmchat_at \'\'' -s h -l help -d 'Show the commands'
complete -c llmchat -n '__llmchat_at \'\'' -s V -l version -d 'Show the version'
complete -c llmchat -n '__llmchat_at \'\'' -l color -x -a 'auto always never' -d 'auto, always or never'

# llmchat ask
complete -c llmchat -n '__llmchat_at \'ask\'' -s f -l file -r -F -d 'Add a file, folder or URL to the prompt'
complete -c llmchat -n '__llmchat_at \'ask\'' -s a -l attach -r -F -d 'Attach an image or a document'
complete -c llmchat -n '__llmchat_at \'ask\'' -l vs -x -k -a '(__llmchat_offer model)' -d 'Ask several models at once; once for each model'
complete -c llmchat -n '__llmchat_at \'ask\'' -s c -l continue -d 'Continue the last conversation'
complete -c llmchat -n '__llmchat_at \'ask\'' -l cid -x -k -a '(__llmchat_offer conversation)' -d 'Continue this conversation (ID prefix or last)'
complete -c llmchat -n '__llmchat_at \'ask\'' -s x -l extract -d 'Print only the first (or N-th) code block'
complete -c llmchat -n '__llmchat_at \'ask\'' -l xl -d 'Print only the last code block'
complete -c llmchat -n '__llmchat_at \'ask\'' -l count -d 'Only count the tokens; do not ask'
complete -c llmchat -n '__llmchat_at \'ask\'' -l dry-run -d 'Show what would be sent, and to whom; send nothing'
complete -c llmchat -n '__llmchat_at \'ask\'' -l edit -d 'Write the question in your editor first'
complete -c llmchat -n '__llmchat_at \'ask\'' -s q -l quiet -d 'Hide notices and the spinner'
complete -c llmchat -n '__llmchat_at \'ask\'' -s O -l output -r -F -d 'Write the answer to a file'
complete -c llmchat -n '__llmchat_at \'ask\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'ask\'' -l jsonl -d 'Print JSON events, one per line'
complete -c llmchat -n '__llmchat_at \'ask\'' -l raw -d 'Print plain text, even at a terminal'
complete -c llmchat -n '__llmchat_at \'ask\'' -l markdown -d 'Render Markdown, even into a pipe'
complete -c llmchat -n '__llmchat_at \'ask\'' -l schema -r -F -d 'Get JSON that matches a JSON Schema, or fields: `name, age int`'
complete -c llmchat -n '__llmchat_at \'ask\'' -l schema-list -d 'Get a list of them: {"items": [...]}'
complete -c llmchat -n '__llmchat_at \'ask\'' -l schema-retries -x -d 'Ask again if the answer does not match (1)'
complete -c llmchat -n '__llmchat_at \'ask\'' -s T -l tool -x -k -a '(__llmchat_offer tool)' -d 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable'
complete -c llmchat -n '__llmchat_at \'ask\'' -l no-tools -d 'Offer no tools, whatever -T says'
complete -c llmchat -n '__llmchat_at \'ask\'' -l allow -x -k -a '(__llmchat_offer tool)' -d 'Run this tool without asking; repeatable'
complete -c llmchat -n '__llmchat_at \'ask\'' -l max-rounds -x -d 'Limit the rounds of tool calls (10)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l allow-secrets -d 'Send text that looks like a secret'
complete -c llmchat -n '__llmchat_at \'ask\'' -s m -l model -x -k -a '(__llmchat_offer model)' -d 'MODEL or PROVIDER/MODEL'
complete -c llmchat -n '__llmchat_at \'ask\'' -s p -l provider -x -k -a '(__llmchat_offer provider)' -d 'Use only this provider (no fallback)'
complete -c llmchat -n '__llmchat_at \'ask\'' -s e -l effort -x -a 'none low medium high max' -d 'How much the model reasons: none, low, medium, high or max'
complete -c llmchat -n '__llmchat_at \'ask\'' -s s -l system -x -d 'Set the system message'
complete -c llmchat -n '__llmchat_at \'ask\'' -s t -l template -x -k -a '(__llmchat_offer template)' -d 'Use a template; set its variables with `name=value`'
complete -c llmchat -n '__llmchat_at \'ask\'' -s o -l option -x -d 'Set a model option; repeatable'
complete -c llmchat -n '__llmchat_at \'ask\'' -s n -l no-save -d 'Don\'t save to history'
complete -c llmchat -n '__llmchat_at \'ask\'' -s u -l usage -d 'Show token usage'
complete -c llmchat -n '__llmchat_at \'ask\'' -l no-stream -d 'Get the answer in one piece'
complete -c llmchat -n '__llmchat_at \'ask\'' -l no-instructions -d 'Do not send AGENTS.md or LLMCHAT.md'
complete -c llmchat -n '__llmchat_at \'ask\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'ask\'' -l fallback -x -k -a '(__llmchat_offer provider)' -d 'Fallback provider; repeatable'
complete -c llmchat -n '__llmchat_at \'ask\'' -l timeout -x -d 'Limit for the whole answer (default: none)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l connect-timeout -x -d 'Limit for connecting (10)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l first-token-timeout -x -d 'Limit for the first token (60)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l stall-timeout -x -d 'Give up after this long with no data (30)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l content-timeout -x -d 'Give up after this long with keep-alives only (120)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l max-input -x -d 'Largest text to add to a prompt (10MB)'
complete -c llmchat -n '__llmchat_at \'ask\'' -l no-wait -d 'Do not wait for another llmchat using the same key'
complete -c llmchat -n '__llmchat_at \'ask\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'ask\'' -s h -l help -d 'Show this message and exit'

# llmchat chat
complete -c llmchat -n '__llmchat_at \'chat\'' -s c -l continue -d 'Continue the last conversation'
complete -c llmchat -n '__llmchat_at \'chat\'' -l cid -x -k -a '(__llmchat_offer conversation)' -d 'Continue this conversation (ID prefix or last)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l resume -d 'Choose a conversation to resume'
complete -c llmchat -n '__llmchat_at \'chat\'' -s q -l quiet -d 'Hide notices and the spinner'
complete -c llmchat -n '__llmchat_at \'chat\'' -s T -l tool -x -k -a '(__llmchat_offer tool)' -d 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable'
complete -c llmchat -n '__llmchat_at \'chat\'' -l no-tools -d 'Offer no tools, whatever -T says'
complete -c llmchat -n '__llmchat_at \'chat\'' -l allow -x -k -a '(__llmchat_offer tool)' -d 'Run this tool without asking; repeatable'
complete -c llmchat -n '__llmchat_at \'chat\'' -l max-rounds -x -d 'Limit the rounds of tool calls (10)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l allow-secrets -d 'Send text that looks like a secret'
complete -c llmchat -n '__llmchat_at \'chat\'' -s m -l model -x -k -a '(__llmchat_offer model)' -d 'MODEL or PROVIDER/MODEL'
complete -c llmchat -n '__llmchat_at \'chat\'' -s p -l provider -x -k -a '(__llmchat_offer provider)' -d 'Use only this provider (no fallback)'
complete -c llmchat -n '__llmchat_at \'chat\'' -s e -l effort -x -a 'none low medium high max' -d 'How much the model reasons: none, low, medium, high or max'
complete -c llmchat -n '__llmchat_at \'chat\'' -s s -l system -x -d 'Set the system message'
complete -c llmchat -n '__llmchat_at \'chat\'' -s t -l template -x -k -a '(__llmchat_offer template)' -d 'Use a template; set its variables with `name=value`'
complete -c llmchat -n '__llmchat_at \'chat\'' -s o -l option -x -d 'Set a model option; repeatable'
complete -c llmchat -n '__llmchat_at \'chat\'' -s n -l no-save -d 'Don\'t save to history'
complete -c llmchat -n '__llmchat_at \'chat\'' -s u -l usage -d 'Show token usage'
complete -c llmchat -n '__llmchat_at \'chat\'' -l no-stream -d 'Get the answer in one piece'
complete -c llmchat -n '__llmchat_at \'chat\'' -l no-instructions -d 'Do not send AGENTS.md or LLMCHAT.md'
complete -c llmchat -n '__llmchat_at \'chat\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'chat\'' -l fallback -x -k -a '(__llmchat_offer provider)' -d 'Fallback provider; repeatable'
complete -c llmchat -n '__llmchat_at \'chat\'' -l timeout -x -d 'Limit for the whole answer (default: none)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l connect-timeout -x -d 'Limit for connecting (10)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l first-token-timeout -x -d 'Limit for the first token (60)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l stall-timeout -x -d 'Give up after this long with no data (30)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l content-timeout -x -d 'Give up after this long with keep-alives only (120)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l max-input -x -d 'Largest text to add to a prompt (10MB)'
complete -c llmchat -n '__llmchat_at \'chat\'' -l no-wait -d 'Do not wait for another llmchat using the same key'
complete -c llmchat -n '__llmchat_at \'chat\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'chat\'' -s h -l help -d 'Show this message and exit'

# llmchat batch
complete -c llmchat -n '__llmchat_at \'batch\' 0' -F
complete -c llmchat -n '__llmchat_at \'batch\'' -l out -r -F -d 'Append one JSON line per prompt to a file'
complete -c llmchat -n '__llmchat_at \'batch\'' -l resume -d 'Skip prompts already answered in the --out file'
complete -c llmchat -n '__llmchat_at \'batch\'' -l jobs -x -d 'Ask this many at a time (4)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l limit -x -d 'Ask at most this many'
complete -c llmchat -n '__llmchat_at \'batch\'' -l ordered -d 'Write the lines in the order of the input'
complete -c llmchat -n '__llmchat_at \'batch\'' -l fail-fast -d 'Stop at the first prompt that fails'
complete -c llmchat -n '__llmchat_at \'batch\'' -l format -x -a 'lines jsonl csv' -d 'Format of the input: lines, jsonl or csv'
complete -c llmchat -n '__llmchat_at \'batch\'' -s f -l file -r -F -d 'Add a file, folder or URL to each prompt; may contain `{{column}}`'
complete -c llmchat -n '__llmchat_at \'batch\'' -s a -l attach -r -F -d 'Attach an image or a document; may contain `{{column}}`'
complete -c llmchat -n '__llmchat_at \'batch\'' -l save -d 'Save the conversations to the history'
complete -c llmchat -n '__llmchat_at \'batch\'' -l dry-run -d 'Check the input, show the first request; send nothing'
complete -c llmchat -n '__llmchat_at \'batch\'' -s q -l quiet -d 'Hide notices and the spinner'
complete -c llmchat -n '__llmchat_at \'batch\'' -l schema -r -F -d 'Get JSON that matches a JSON Schema, or fields: `name, age int`'
complete -c llmchat -n '__llmchat_at \'batch\'' -l schema-list -d 'Get a list of them: {"items": [...]}'
complete -c llmchat -n '__llmchat_at \'batch\'' -l schema-retries -x -d 'Ask again if the answer does not match (1)'
complete -c llmchat -n '__llmchat_at \'batch\'' -s T -l tool -x -a 'lines jsonl csv' -d 'Offer a tool: SERVER, SERVER/TOOL, a command or FILE.py:FUNCTION; repeatable'
complete -c llmchat -n '__llmchat_at \'batch\'' -l no-tools -d 'Offer no tools, whatever -T says'
complete -c llmchat -n '__llmchat_at \'batch\'' -l allow -x -k -a '(__llmchat_offer tool)' -d 'Run this tool without asking; repeatable'
complete -c llmchat -n '__llmchat_at \'batch\'' -l max-rounds -x -d 'Limit the rounds of tool calls (10)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l allow-secrets -d 'Send text that looks like a secret'
complete -c llmchat -n '__llmchat_at \'batch\'' -s m -l model -x -k -a '(__llmchat_offer model)' -d 'MODEL or PROVIDER/MODEL'
complete -c llmchat -n '__llmchat_at \'batch\'' -s p -l provider -x -a 'lines jsonl csv' -d 'Use only this provider (no fallback)'
complete -c llmchat -n '__llmchat_at \'batch\'' -s e -l effort -x -a 'none low medium high max' -d 'How much the model reasons: none, low, medium, high or max'
complete -c llmchat -n '__llmchat_at \'batch\'' -s s -l system -x -d 'Set the system message'
complete -c llmchat -n '__llmchat_at \'batch\'' -s t -l template -x -a 'lines jsonl csv' -d 'Use a template; set its variables with `name=value`'
complete -c llmchat -n '__llmchat_at \'batch\'' -s o -l option -x -d 'Set a model option; repeatable'
complete -c llmchat -n '__llmchat_at \'batch\'' -l no-stream -d 'Get the answer in one piece'
complete -c llmchat -n '__llmchat_at \'batch\'' -l no-instructions -d 'Do not send AGENTS.md or LLMCHAT.md'
complete -c llmchat -n '__llmchat_at \'batch\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'batch\'' -l fallback -x -a 'lines jsonl csv' -d 'Fallback provider; repeatable'
complete -c llmchat -n '__llmchat_at \'batch\'' -l timeout -x -d 'Limit for the whole answer (default: none)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l connect-timeout -x -d 'Limit for connecting (10)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l first-token-timeout -x -d 'Limit for the first token (60)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l stall-timeout -x -d 'Give up after this long with no data (30)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l content-timeout -x -d 'Give up after this long with keep-alives only (120)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l max-input -x -d 'Largest text to add to a prompt (10MB)'
complete -c llmchat -n '__llmchat_at \'batch\'' -l no-wait -d 'Do not wait for another llmchat using the same key'
complete -c llmchat -n '__llmchat_at \'batch\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'batch\'' -s h -l help -d 'Show this message and exit'

# llmchat cmd
complete -c llmchat -n '__llmchat_at \'cmd\'' -l print -d 'Only print the command; never run it'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l explain -d 'Explain the given command instead'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s q -l quiet -d 'Hide notices and the spinner'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l allow-secrets -d 'Send text that looks like a secret'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s m -l model -x -k -a '(__llmchat_offer model)' -d 'MODEL or PROVIDER/MODEL'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s p -l provider -x -k -a '(__llmchat_offer provider)' -d 'Use only this provider (no fallback)'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s e -l effort -x -a 'none low medium high max' -d 'How much the model reasons: none, low, medium, high or max'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s o -l option -x -d 'Set a model option; repeatable'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l fallback -x -k -a '(__llmchat_offer provider)' -d 'Fallback provider; repeatable'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l timeout -x -d 'Limit for the whole answer (default: none)'
complete -c llmchat -n '__llmchat_at \'cmd\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'cmd\'' -s h -l help -d 'Show this message and exit'

# llmchat models
complete -c llmchat -n '__llmchat_at \'models\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'models\'' -l refresh -d 'Fetch the model lists from the services'
complete -c llmchat -n '__llmchat_at \'models\'' -l health -d 'Show how each provider has been doing'
complete -c llmchat -n '__llmchat_at \'models\'' -l balance -d 'Show what is left of GigaChat\'s token packages'
complete -c llmchat -n '__llmchat_at \'models\'' -l stop -d 'With local: stop the loaded models'
complete -c llmchat -n '__llmchat_at \'models\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'models\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'models\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'models\'' -s h -l help -d 'Show this message and exit'

# llmchat auth
complete -c llmchat -n '__llmchat_at \'auth\' 0' -a login -d 'Sign in: prompt for the key (input hidden), check it and store it'
complete -c llmchat -n '__llmchat_at \'auth\' 0' -a status -d 'Show where you are signed in, where each key is stored, and when tokens expire'
complete -c llmchat -n '__llmchat_at \'auth\' 0' -a logout -d 'Sign out: delete the key and its tokens from this computer'
complete -c llmchat -n '__llmchat_at \'auth\' 0' -a token -d 'Print an access token that is valid for at least another minute, for scripts'
complete -c llmchat -n '__llmchat_at \'auth\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'auth\'' -s h -l help -d 'Show this message and exit'

# llmchat auth login
complete -c llmchat -n '__llmchat_at \'auth login\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l key-stdin -d 'Read the key from stdin'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l key-file -r -F -d 'Read the key from a file'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l key-command -x -d 'Read the key from a command\'s output'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l scope -x -a 'PERS B2B CORP' -d 'GigaChat\'s scope (default: try each)'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l keyring -d 'Store the key in the system keyring'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'auth login\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'auth login\'' -s h -l help -d 'Show this message and exit'

# llmchat auth status
complete -c llmchat -n '__llmchat_at \'auth status\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'auth status\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'auth status\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'auth status\'' -s h -l help -d 'Show this message and exit'

# llmchat auth logout
complete -c llmchat -n '__llmchat_at \'auth logout\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'auth logout\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'auth logout\'' -s h -l help -d 'Show this message and exit'

# llmchat auth token
complete -c llmchat -n '__llmchat_at \'auth token\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'auth token\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'auth token\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'auth token\'' -s h -l help -d 'Show this message and exit'

# llmchat files
complete -c llmchat -n '__llmchat_at \'files\' 0' -k -a '(__llmchat_offer provider)'
complete -c llmchat -n '__llmchat_at \'files\'' -s O -l output -r -F -d 'Where get saves the file'
complete -c llmchat -n '__llmchat_at \'files\'' -l all -d 'Delete every file'
complete -c llmchat -n '__llmchat_at \'files\'' -l yes -d 'Delete without confirmation'
complete -c llmchat -n '__llmchat_at \'files\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'files\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'files\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'files\'' -s h -l help -d 'Show this message and exit'

# llmchat history
complete -c llmchat -n '__llmchat_at \'history\' 0' -a list -d 'List the latest conversations'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a show -d 'Show one conversation; with --json, all of its branches'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a search -d 'Find messages by words, beginnings of words, "exact phrases" and the filters provider: model:'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a rename -d 'Rename a conversation'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a tag -d 'Add or remove a conversation\'s tags; without any, print them'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a delete -d 'Move conversations to the trash'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a restore -d 'Restore conversations from the trash'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a purge -d 'Permanently delete conversations from the trash'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a stats -d 'Show the number of conversations, answers and tokens, their cost, and the size'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a export -d 'Write conversations as Markdown, HTML, or JSON that `import` reads back'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a import -d 'Read conversations: llmchat\'s export or history.db, llm\'s logs.db, ChatGPT\'s'
complete -c llmchat -n '__llmchat_at \'history\' 0' -a code -d 'Print a code block of the last answer that has one'
complete -c llmchat -n '__llmchat_at \'history\'' -s h -l help -d 'Show this message and exit'

# llmchat history list
complete -c llmchat -n '__llmchat_at \'history list\'' -s n -s l -l limit -x -d 'Show at most this many'
complete -c llmchat -n '__llmchat_at \'history list\'' -l all -d 'Show all, without a limit'
complete -c llmchat -n '__llmchat_at \'history list\'' -l trash -d 'List the trash'
complete -c llmchat -n '__llmchat_at \'history list\'' -l schema -d 'List only those with schema data (NAME: data of that schema)'
complete -c llmchat -n '__llmchat_at \'history list\'' -l tag -x -d 'List only those with this tag'
complete -c llmchat -n '__llmchat_at \'history list\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'history list\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'history list\'' -s h -l help -d 'Show this message and exit'

# llmchat history show
complete -c llmchat -n '__llmchat_at \'history show\' 0' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history show\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'history show\'' -l raw -d 'Print Markdown without rendering it'
complete -c llmchat -n '__llmchat_at \'history show\'' -l data -d 'Print only the schema data of the answers'
complete -c llmchat -n '__llmchat_at \'history show\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'history show\'' -s h -l help -d 'Show this message and exit'

# llmchat history search
complete -c llmchat -n '__llmchat_at \'history search\'' -s n -s l -l limit -x -d 'Show at most this many'
complete -c llmchat -n '__llmchat_at \'history search\'' -l rank -d 'Show the best match first'
complete -c llmchat -n '__llmchat_at \'history search\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'history search\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'history search\'' -s h -l help -d 'Show this message and exit'

# llmchat history rename
complete -c llmchat -n '__llmchat_at \'history rename\' 0' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history rename\'' -s h -l help -d 'Show this message and exit'

# llmchat history tag
complete -c llmchat -n '__llmchat_at \'history tag\' 0' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history tag\'' -s r -l remove -x -d 'Remove this tag; repeatable'
complete -c llmchat -n '__llmchat_at \'history tag\'' -s h -l help -d 'Show this message and exit'

# llmchat history delete
complete -c llmchat -n '__llmchat_at \'history delete\' 0+' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history delete\'' -s h -l help -d 'Show this message and exit'

# llmchat history restore
complete -c llmchat -n '__llmchat_at \'history restore\' 0+' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history restore\'' -s h -l help -d 'Show this message and exit'

# llmchat history purge
complete -c llmchat -n '__llmchat_at \'history purge\' 0+' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history purge\'' -l all -d 'Delete everything in the trash'
complete -c llmchat -n '__llmchat_at \'history purge\'' -l older-than -x -d 'With --all: only what was deleted more than this many days ago'
complete -c llmchat -n '__llmchat_at \'history purge\'' -s y -l yes -d 'Do not ask for confirmation'
complete -c llmchat -n '__llmchat_at \'history purge\'' -s h -l help -d 'Show this message and exit'

# llmchat history stats
complete -c llmchat -n '__llmchat_at \'history stats\'' -l days -x -d 'Only the last N days, today included'
complete -c llmchat -n '__llmchat_at \'history stats\'' -l by -x -a 'model day provider' -d 'Show tokens and cost by model, day or provider'
complete -c llmchat -n '__llmchat_at \'history stats\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'history stats\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'history stats\'' -s h -l help -d 'Show this message and exit'

# llmchat history export
complete -c llmchat -n '__llmchat_at \'history export\' 0+' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history export\'' -l all -d 'Export every conversation'
complete -c llmchat -n '__llmchat_at \'history export\'' -s f -l format -x -a 'markdown json jsonl html' -d 'Format: markdown, json, jsonl or html'
complete -c llmchat -n '__llmchat_at \'history export\'' -s O -l output -r -F -d 'Write to this file'
complete -c llmchat -n '__llmchat_at \'history export\'' -s h -l help -d 'Show this message and exit'

# llmchat history import
complete -c llmchat -n '__llmchat_at \'history import\' 0+' -F
complete -c llmchat -n '__llmchat_at \'history import\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'history import\'' -s h -l help -d 'Show this message and exit'

# llmchat history code
complete -c llmchat -n '__llmchat_at \'history code\' 0' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'history code\'' -l list -d 'List the blocks'
complete -c llmchat -n '__llmchat_at \'history code\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'history code\'' -s h -l help -d 'Show this message and exit'

# llmchat code
complete -c llmchat -n '__llmchat_at \'code\' 0' -k -a '(__llmchat_offer conversation)'
complete -c llmchat -n '__llmchat_at \'code\'' -l list -d 'List the blocks'
complete -c llmchat -n '__llmchat_at \'code\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'code\'' -s h -l help -d 'Show this message and exit'

# llmchat serve
complete -c llmchat -n '__llmchat_at \'serve\'' -s p -l provider -x -k -a '(__llmchat_offer provider)' -d 'Serve only this provider'
complete -c llmchat -n '__llmchat_at \'serve\'' -l host -x -d 'Address to listen on (127.0.0.1)'
complete -c llmchat -n '__llmchat_at \'serve\'' -l port -x -d 'Port (8642)'
complete -c llmchat -n '__llmchat_at \'serve\'' -l key-file -r -F -d 'Use the key in a file'
complete -c llmchat -n '__llmchat_at \'serve\'' -l no-key -d 'Do not require a key (this computer only)'
complete -c llmchat -n '__llmchat_at \'serve\'' -l show-key -d 'Print the key and exit'
complete -c llmchat -n '__llmchat_at \'serve\'' -l origin -x -d 'Allow requests from pages of this origin'
complete -c llmchat -n '__llmchat_at \'serve\'' -l allow-keyless -x -d 'Serve this keyless service too'
complete -c llmchat -n '__llmchat_at \'serve\'' -l save -d 'Save the conversations to the history'
complete -c llmchat -n '__llmchat_at \'serve\'' -l jsonl-log -r -F -d 'Append one JSON line per request'
complete -c llmchat -n '__llmchat_at \'serve\'' -s h -l help -d 'Show this message and exit'

# llmchat tools
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a list -d 'List the configured tools. Nothing is started'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a show -d 'Show the tools of a server, or the whole definition of one tool'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a test -d 'Start a server, list its tools, and stop it'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a run -d 'Call one tool yourself and print its result, without confirmation'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a add -d 'Add a server, a command or a Python function to config.toml'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a remove -d 'Remove a tool from config.toml'
complete -c llmchat -n '__llmchat_at \'tools\' 0' -a import -d 'Import servers from another program\'s file; each is shown and confirmed'
complete -c llmchat -n '__llmchat_at \'tools\'' -s h -l help -d 'Show this message and exit'

# llmchat tools list
complete -c llmchat -n '__llmchat_at \'tools list\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'tools list\'' -s h -l help -d 'Show this message and exit'

# llmchat tools show
complete -c llmchat -n '__llmchat_at \'tools show\' 0' -k -a '(__llmchat_offer tool)'
complete -c llmchat -n '__llmchat_at \'tools show\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'tools show\'' -s h -l help -d 'Show this message and exit'

# llmchat tools test
complete -c llmchat -n '__llmchat_at \'tools test\' 0' -k -a '(__llmchat_offer tool)'
complete -c llmchat -n '__llmchat_at \'tools test\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'tools test\'' -s h -l help -d 'Show this message and exit'

# llmchat tools run
complete -c llmchat -n '__llmchat_at \'tools run\' 0' -k -a '(__llmchat_offer tool)'
complete -c llmchat -n '__llmchat_at \'tools run\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'tools run\'' -s h -l help -d 'Show this message and exit'

# llmchat tools add
complete -c llmchat -n '__llmchat_at \'tools add\'' -l type -x -d 'Set the type: stdio, http, sse, command or python'
complete -c llmchat -n '__llmchat_at \'tools add\'' -l env -x -d 'Pass a variable; repeatable'
complete -c llmchat -n '__llmchat_at \'tools add\'' -l header -x -d 'Send a header; repeatable'
complete -c llmchat -n '__llmchat_at \'tools add\'' -s h -l help -d 'Show this message and exit'

# llmchat tools remove
complete -c llmchat -n '__llmchat_at \'tools remove\' 0' -k -a '(__llmchat_offer tool)'
complete -c llmchat -n '__llmchat_at \'tools remove\'' -s h -l help -d 'Show this message and exit'

# llmchat tools import
complete -c llmchat -n '__llmchat_at \'tools import\' 0' -F
complete -c llmchat -n '__llmchat_at \'tools import\'' -l yes -d 'Import all without confirmation'
complete -c llmchat -n '__llmchat_at \'tools import\'' -s h -l help -d 'Show this message and exit'

# llmchat plugins
complete -c llmchat -n '__llmchat_at \'plugins\' 0' -a list -d 'List what is installed, enabled or not. Nothing is imported'
complete -c llmchat -n '__llmchat_at \'plugins\' 0' -a enable -d 'Let llmchat use a plugin: it is code that runs with your rights'
complete -c llmchat -n '__llmchat_at \'plugins\' 0' -a disable -d 'Stop using a plugin. It stays installed'
complete -c llmchat -n '__llmchat_at \'plugins\' 0' -a check -d 'Import a plugin and test it: its code runs. Exit code 1 if something is wrong'
complete -c llmchat -n '__llmchat_at \'plugins\'' -s h -l help -d 'Show this message and exit'

# llmchat plugins list
complete -c llmchat -n '__llmchat_at \'plugins list\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'plugins list\'' -s h -l help -d 'Show this message and exit'

# llmchat plugins enable
complete -c llmchat -n '__llmchat_at \'plugins enable\' 0' -k -a '(__llmchat_offer plugin)'
complete -c llmchat -n '__llmchat_at \'plugins enable\'' -s h -l help -d 'Show this message and exit'

# llmchat plugins disable
complete -c llmchat -n '__llmchat_at \'plugins disable\' 0' -k -a '(__llmchat_offer plugin)'
complete -c llmchat -n '__llmchat_at \'plugins disable\'' -s h -l help -d 'Show this message and exit'

# llmchat plugins check
complete -c llmchat -n '__llmchat_at \'plugins check\' 0' -k -a '(__llmchat_offer plugin)'
complete -c llmchat -n '__llmchat_at \'plugins check\'' -s h -l help -d 'Show this message and exit'

# llmchat templates
complete -c llmchat -n '__llmchat_at \'templates\' 0' -a list -d 'List your own and the built-in templates'
complete -c llmchat -n '__llmchat_at \'templates\' 0' -a show -d 'Print the template\'s file'
complete -c llmchat -n '__llmchat_at \'templates\' 0' -a edit -d 'Open a template in $VISUAL or $EDITOR; one that is not yours is copied first'
complete -c llmchat -n '__llmchat_at \'templates\' 0' -a path -d 'Show where a template is, or the folder with your own'
complete -c llmchat -n '__llmchat_at \'templates\'' -s h -l help -d 'Show this message and exit'

# llmchat templates list
complete -c llmchat -n '__llmchat_at \'templates list\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'templates list\'' -s h -l help -d 'Show this message and exit'

# llmchat templates show
complete -c llmchat -n '__llmchat_at \'templates show\' 0' -k -a '(__llmchat_offer template)'
complete -c llmchat -n '__llmchat_at \'templates show\'' -s h -l help -d 'Show this message and exit'

# llmchat templates edit
complete -c llmchat -n '__llmchat_at \'templates edit\' 0' -k -a '(__llmchat_offer template)'
complete -c llmchat -n '__llmchat_at \'templates edit\'' -s h -l help -d 'Show this message and exit'

# llmchat templates path
complete -c llmchat -n '__llmchat_at \'templates path\' 0' -k -a '(__llmchat_offer template)'
complete -c llmchat -n '__llmchat_at \'templates path\'' -s h -l help -d 'Show this message and exit'

# llmchat config
complete -c llmchat -n '__llmchat_at \'config\' 0' -a list -d 'List every setting with its value and origin. Keys are masked'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a get -d 'Show the value of one setting as it applies here'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a set -d 'Set a value in the file; comments and order are preserved'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a unset -d 'Remove a setting, or a whole table, from the file'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a edit -d 'Open the file in $VISUAL or $EDITOR, then check it'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a path -d 'Show where the file is'
complete -c llmchat -n '__llmchat_at \'config\' 0' -a validate -d 'Check the settings file, the project file and the environment; one line per mistake'
complete -c llmchat -n '__llmchat_at \'config\'' -s h -l help -d 'Show this message and exit'

# llmchat config list
complete -c llmchat -n '__llmchat_at \'config list\'' -l json -d 'Print a JSON array'
complete -c llmchat -n '__llmchat_at \'config list\'' -s h -l help -d 'Show this message and exit'

# llmchat config get
complete -c llmchat -n '__llmchat_at \'config get\' 0' -k -a '(__llmchat_offer setting)'
complete -c llmchat -n '__llmchat_at \'config get\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'config get\'' -s h -l help -d 'Show this message and exit'

# llmchat config set
complete -c llmchat -n '__llmchat_at \'config set\' 0' -k -a '(__llmchat_offer setting)'
complete -c llmchat -n '__llmchat_at \'config set\'' -s h -l help -d 'Show this message and exit'

# llmchat config unset
complete -c llmchat -n '__llmchat_at \'config unset\' 0' -k -a '(__llmchat_offer setting)'
complete -c llmchat -n '__llmchat_at \'config unset\'' -s h -l help -d 'Show this message and exit'

# llmchat config edit
complete -c llmchat -n '__llmchat_at \'config edit\'' -s h -l help -d 'Show this message and exit'

# llmchat config path
complete -c llmchat -n '__llmchat_at \'config path\'' -l all -d 'Show every folder and file of llmchat'
complete -c llmchat -n '__llmchat_at \'config path\'' -s h -l help -d 'Show this message and exit'

# llmchat config validate
complete -c llmchat -n '__llmchat_at \'config validate\'' -s h -l help -d 'Show this message and exit'

# llmchat doctor
complete -c llmchat -n '__llmchat_at \'doctor\' 0' -k -a '(__llmchat_offer service)'
complete -c llmchat -n '__llmchat_at \'doctor\'' -l live -d 'Ask each service one real, tiny question'
complete -c llmchat -n '__llmchat_at \'doctor\'' -l json -d 'Print one JSON object'
complete -c llmchat -n '__llmchat_at \'doctor\'' -l proxy -x -d 'Proxy URL: http, https, socks5 or socks5h'
complete -c llmchat -n '__llmchat_at \'doctor\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'doctor\'' -s h -l help -d 'Show this message and exit'

# llmchat completion
complete -c llmchat -n '__llmchat_at \'completion\' 0' -a 'bash zsh fish powershell'
complete -c llmchat -n '__llmchat_at \'completion\'' -l keys -d 'Print a key binding instead: Alt-E writes commands'
complete -c llmchat -n '__llmchat_at \'completion\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c llmchat -n '__llmchat_at \'completion\'' -s h -l help -d 'Show this message and exit'
