# bash completion for llmchat
# Made by `python -m dev.completion` from the commands themselves; do not edit.
#
# source this file, or put it as `llmchat` into ~/.local/share/bash-completion/completions/

_llmchat_command() {
    subs="" kinds="" default="" flags=""
    case "$1" in
        "")
            subs="ask chat batch cmd models auth files history code serve tools plugins templates config doctor completion" kinds="" default=""
            flags="-h --help -V --version --color" ;;
        "ask")
            subs="" kinds="text*" default=""
            flags="-f --file -a --attach --vs -c --continue --cid -x --extract --xl --count --dry-run --edit -q --quiet -O --output --json --jsonl --raw --markdown --schema --schema-list --schema-retries -T --tool --no-tools --allow --max-rounds --allow-secrets -m --model -p --provider -e --effort -s --system -t --template -o --option -n --no-save -u --usage --no-stream --no-instructions --proxy --fallback --timeout --connect-timeout --first-token-timeout --stall-timeout --content-timeout --max-input --no-wait --color -h --help" ;;
        "chat")
            subs="" kinds="text*" default=""
            flags="-c --continue --cid --resume -q --quiet -T --tool --no-tools --allow --max-rounds --allow-secrets -m --model -p --provider -e --effort -s --system -t --template -o --option -n --no-save -u --usage --no-stream --no-instructions --proxy --fallback --timeout --connect-timeout --first-token-timeout --stall-timeout --content-timeout --max-input --no-wait --color -h --help" ;;
        "batch")
            subs="" kinds="file text*" default=""
            flags="--out --resume --jobs --limit --ordered --fail-fast --format -f --file -a --attach --save --dry-run -q --quiet --schema --schema-list --schema-retries -T --tool --no-tools --allow --max-rounds --allow-secrets -m --model -p --provider -e --effort -s --system -t --template -o --option --no-stream --no-instructions --proxy --fallback --timeout --connect-timeout --first-token-timeout --stall-timeout --content-timeout --max-input --no-wait --color -h --help" ;;
        "cmd")
            subs="" kinds="text*" default=""
            flags="--print --explain -q --quiet --allow-secrets -m --model -p --provider -e --effort -o --option --proxy --fallback --timeout --color -h --help" ;;
        "models")
            subs="" kinds="service" default=""
            flags="--refresh --health --balance --stop --json --proxy --color -h --help" ;;
        "auth")
            subs="login status logout token" kinds="service" default="login"
            flags="-h --help" ;;
        "auth login")
            subs="" kinds="service" default=""
            flags="--key-stdin --key-file --key-command --scope --keyring --proxy --color -h --help" ;;
        "auth status")
            subs="" kinds="service" default=""
            flags="--json --color -h --help" ;;
        "auth logout")
            subs="" kinds="service" default=""
            flags="--color -h --help" ;;
        "auth token")
            subs="" kinds="service" default=""
            flags="--proxy --color -h --help" ;;
        "files")
            subs="" kinds="provider text text*" default=""
            flags="-O --output --all --yes --json --proxy --color -h --help" ;;
        "history")
            subs="list show search rename tag delete restore purge stats export import code" kinds="" default=""
            flags="-h --help" ;;
        "history list")
            subs="" kinds="" default=""
            flags="-n -l --limit --all --trash --schema --tag --json --color -h --help" ;;
        "history show")
            subs="" kinds="conversation" default=""
            flags="--json --raw --data --color -h --help" ;;
        "history search")
            subs="" kinds="text*" default=""
            flags="-n -l --limit --rank --json --color -h --help" ;;
        "history rename")
            subs="" kinds="conversation text*" default=""
            flags="-h --help" ;;
        "history tag")
            subs="" kinds="conversation text*" default=""
            flags="-r --remove -h --help" ;;
        "history delete")
            subs="" kinds="conversation*" default=""
            flags="-h --help" ;;
        "history restore")
            subs="" kinds="conversation*" default=""
            flags="-h --help" ;;
        "history purge")
            subs="" kinds="conversation*" default=""
            flags="--all --older-than -y --yes -h --help" ;;
        "history stats")
            subs="" kinds="" default=""
            flags="--days --by --json --color -h --help" ;;
        "history export")
            subs="" kinds="conversation*" default=""
            flags="--all -f --format -O --output -h --help" ;;
        "history import")
            subs="" kinds="file*" default=""
            flags="--json -h --help" ;;
        "history code")
            subs="" kinds="conversation text" default=""
            flags="--list --json -h --help" ;;
        "code")
            subs="" kinds="conversation text" default=""
            flags="--list --json -h --help" ;;
        "serve")
            subs="" kinds="" default=""
            flags="-p --provider --host --port --key-file --no-key --show-key --origin --allow-keyless --save --jsonl-log -h --help" ;;
        "tools")
            subs="list show test run add remove import" kinds="" default=""
            flags="-h --help" ;;
        "tools list")
            subs="" kinds="" default=""
            flags="--json -h --help" ;;
        "tools show")
            subs="" kinds="tool" default=""
            flags="--json -h --help" ;;
        "tools test")
            subs="" kinds="tool" default=""
            flags="--json -h --help" ;;
        "tools run")
            subs="" kinds="tool text" default=""
            flags="--json -h --help" ;;
        "tools add")
            subs="" kinds="text text*" default=""
            flags="--type --env --header -h --help" ;;
        "tools remove")
            subs="" kinds="tool" default=""
            flags="-h --help" ;;
        "tools import")
            subs="" kinds="file" default=""
            flags="--yes -h --help" ;;
        "plugins")
            subs="list enable disable check" kinds="" default=""
            flags="-h --help" ;;
        "plugins list")
            subs="" kinds="" default=""
            flags="--json -h --help" ;;
        "plugins enable")
            subs="" kinds="plugin" default=""
            flags="-h --help" ;;
        "plugins disable")
            subs="" kinds="plugin" default=""
            flags="-h --help" ;;
        "plugins check")
            subs="" kinds="plugin" default=""
            flags="-h --help" ;;
        "templates")
            subs="list show edit path" kinds="" default=""
            flags="-h --help" ;;
        "templates list")
            subs="" kinds="" default=""
            flags="--json -h --help" ;;
        "templates show")
            subs="" kinds="template" default=""
            flags="-h --help" ;;
        "templates edit")
            subs="" kinds="template" default=""
            flags="-h --help" ;;
        "templates path")
            subs="" kinds="template" default=""
            flags="-h --help" ;;
        "config")
            subs="list get set unset edit path validate" kinds="" default=""
            flags="-h --help" ;;
        "config list")
            subs="" kinds="" default=""
            flags="--json -h --help" ;;
        "config get")
            subs="" kinds="setting" default=""
            flags="--json -h --help" ;;
        "config set")
            subs="" kinds="setting text" default=""
            flags="-h --help" ;;
        "config unset")
            subs="" kinds="setting" default=""
            flags="-h --help" ;;
        "config edit")
            subs="" kinds="" default=""
            flags="-h --help" ;;
        "config path")
            subs="" kinds="" default=""
            flags="--all -h --help" ;;
        "config validate")
            subs="" kinds="" default=""
            flags="-h --help" ;;
        "doctor")
            subs="" kinds="service" default=""
            flags="--live --json --proxy --color -h --help" ;;
        "completion")
            subs="" kinds="choice:bash+zsh+fish+powershell" default=""
            flags="--keys --color -h --help" ;;
    esac
}

_llmchat_flag() {
    kind="" count=0
    case "$1 $2" in
        " --color") kind="choice:auto always never" count=1 ;;
        "ask -f"|"ask --file") kind="file" count=1 ;;
        "ask -a"|"ask --attach") kind="file" count=1 ;;
        "ask --vs") kind="model" count=1 ;;
        "ask --cid") kind="conversation" count=1 ;;
        "ask -x"|"ask --extract") kind="text" count=0 ;;
        "ask -O"|"ask --output") kind="file" count=1 ;;
        "ask --schema") kind="file" count=1 ;;
        "ask --schema-retries") kind="text" count=1 ;;
        "ask -T"|"ask --tool") kind="tool" count=1 ;;
        "ask --allow") kind="tool" count=1 ;;
        "ask --max-rounds") kind="text" count=1 ;;
        "ask -m"|"ask --model") kind="model" count=1 ;;
        "ask -p"|"ask --provider") kind="provider" count=1 ;;
        "ask -e"|"ask --effort") kind="choice:none low medium high max" count=1 ;;
        "ask -s"|"ask --system") kind="text" count=1 ;;
        "ask -t"|"ask --template") kind="template" count=1 ;;
        "ask -o"|"ask --option") kind="text" count=2 ;;
        "ask --proxy") kind="text" count=1 ;;
        "ask --fallback") kind="provider" count=1 ;;
        "ask --timeout") kind="text" count=1 ;;
        "ask --connect-timeout") kind="text" count=1 ;;
        "ask --first-token-timeout") kind="text" count=1 ;;
        "ask --stall-timeout") kind="text" count=1 ;;
        "ask --content-timeout") kind="text" count=1 ;;
        "ask --max-input") kind="text" count=1 ;;
        "ask --color") kind="choice:auto always never" count=1 ;;
        "chat --cid") kind="conversation" count=1 ;;
        "chat -T"|"chat --tool") kind="tool" count=1 ;;
        "chat --allow") kind="tool" count=1 ;;
        "chat --max-rounds") kind="text" count=1 ;;
        "chat -m"|"chat --model") kind="model" count=1 ;;
        "chat -p"|"chat --provider") kind="provider" count=1 ;;
        "chat -e"|"chat --effort") kind="choice:none low medium high max" count=1 ;;
        "chat -s"|"chat --system") kind="text" count=1 ;;
        "chat -t"|"chat --template") kind="template" count=1 ;;
        "chat -o"|"chat --option") kind="text" count=2 ;;
        "chat --proxy") kind="text" count=1 ;;
        "chat --fallback") kind="provider" count=1 ;;
        "chat --timeout") kind="text" count=1 ;;
        "chat --connect-timeout") kind="text" count=1 ;;
        "chat --first-token-timeout") kind="text" count=1 ;;
        "chat --stall-timeout") kind="text" count=1 ;;
        "chat --content-timeout") kind="text" count=1 ;;
        "chat --max-input") kind="text" count=1 ;;
        "chat --color") kind="choice:auto always never" count=1 ;;
        "batch --out") kind="file" count=1 ;;
        "batch --jobs") kind="text" count=1 ;;
        "batch --limit") kind="text" count=1 ;;
        "batch --format") kind="choice:lines jsonl csv" count=1 ;;
        "batch -f"|"batch --file") kind="file" count=1 ;;
        "batch -a"|"batch --attach") kind="file" count=1 ;;
        "batch --schema") kind="file" count=1 ;;
        "batch --schema-retries") kind="text" count=1 ;;
        "batch -T"|"batch --tool") kind="choice:lines jsonl csv" count=1 ;;
        "batch --allow") kind="tool" count=1 ;;
        "batch --max-rounds") kind="text" count=1 ;;
        "batch -m"|"batch --model") kind="model" count=1 ;;
        "batch -p"|"batch --provider") kind="choice:lines jsonl csv" count=1 ;;
        "batch -e"|"batch --effort") kind="choice:none low medium high max" count=1 ;;
        "batch -s"|"batch --system") kind="text" count=1 ;;
        "batch -t"|"batch --template") kind="choice:lines jsonl csv" count=1 ;;
        "batch -o"|"batch --option") kind="text" count=2 ;;
        "batch --proxy") kind="text" count=1 ;;
        "batch --fallback") kind="choice:lines jsonl csv" count=1 ;;
        "batch --timeout") kind="text" count=1 ;;
        "batch --connect-timeout") kind="text" count=1 ;;
        "batch --first-token-timeout") kind="text" count=1 ;;
        "batch --stall-timeout") kind="text" count=1 ;;
        "batch --content-timeout") kind="text" count=1 ;;
        "batch --max-input") kind="text" count=1 ;;
        "batch --color") kind="choice:auto always never" count=1 ;;
        "cmd -m"|"cmd --model") kind="model" count=1 ;;
        "cmd -p"|"cmd --provider") kind="provider" count=1 ;;
        "cmd -e"|"cmd --effort") kind="choice:none low medium high max" count=1 ;;
        "cmd -o"|"cmd --option") kind="text" count=2 ;;
        "cmd --proxy") kind="text" count=1 ;;
        "cmd --fallback") kind="provider" count=1 ;;
        "cmd --timeout") kind="text" count=1 ;;
        "cmd --color") kind="choice:auto always never" count=1 ;;
        "models --proxy") kind="text" count=1 ;;
        "models --color") kind="choice:auto always never" count=1 ;;
        "auth login --key-file") kind="file" count=1 ;;
        "auth login --key-command") kind="text" count=1 ;;
        "auth login --scope") kind="choice:PERS B2B CORP" count=1 ;;
        "auth login --proxy") kind="text" count=1 ;;
        "auth login --color") kind="choice:auto always never" count=1 ;;
        "auth status --color") kind="choice:auto always never" count=1 ;;
        "auth logout --color") kind="choice:auto always never" count=1 ;;
        "auth token --proxy") kind="text" count=1 ;;
        "auth token --color") kind="choice:auto always never" count=1 ;;
        "files -O"|"files --output") kind="file" count=1 ;;
        "files --proxy") kind="text" count=1 ;;
        "files --color") kind="choice:auto always never" count=1 ;;
        "history list -n"|"history list -l"|"history list --limit") kind="text" count=1 ;;
        "history list --schema") kind="text" count=0 ;;
        "history list --tag") kind="text" count=1 ;;
        "history list --color") kind="choice:auto always never" count=1 ;;
        "history show --color") kind="choice:auto always never" count=1 ;;
        "history search -n"|"history search -l"|"history search --limit") kind="text" count=1 ;;
        "history search --color") kind="choice:auto always never" count=1 ;;
        "history tag -r"|"history tag --remove") kind="text" count=1 ;;
        "history purge --older-than") kind="text" count=1 ;;
        "history stats --days") kind="text" count=1 ;;
        "history stats --by") kind="choice:model day provider" count=1 ;;
        "history stats --color") kind="choice:auto always never" count=1 ;;
        "history export -f"|"history export --format") kind="choice:markdown json jsonl html" count=1 ;;
        "history export -O"|"history export --output") kind="file" count=1 ;;
        "serve -p"|"serve --provider") kind="provider" count=1 ;;
        "serve --host") kind="text" count=1 ;;
        "serve --port") kind="text" count=1 ;;
        "serve --key-file") kind="file" count=1 ;;
        "serve --origin") kind="text" count=1 ;;
        "serve --allow-keyless") kind="text" count=1 ;;
        "serve --jsonl-log") kind="file" count=1 ;;
        "tools add --type") kind="text" count=1 ;;
        "tools add --env") kind="text" count=1 ;;
        "tools add --header") kind="text" count=1 ;;
        "doctor --proxy") kind="text" count=1 ;;
        "doctor --color") kind="choice:auto always never" count=1 ;;
        "completion --color") kind="choice:auto always never" count=1 ;;
    esac
    [[ $kind != "" && $count == 0 ]] && kind=""
    return 0
}

# The words before the cursor as the shell will pass them: bash cuts them at : and =, we do not.
_llmchat_split() {
    local line=${COMP_LINE:0:COMP_POINT} rest i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        if ((i == 0)) || [[ $rest != "$line" ]]; then
            words+=("")
        fi
        line=$rest
        if ((i < COMP_CWORD)) && [[ $line == "${COMP_WORDS[i]}"* ]]; then
            words[${#words[@]} - 1]+=${COMP_WORDS[i]}
            line=${line#"${COMP_WORDS[i]}"}
        else
            words[${#words[@]} - 1]+=$line
            line=""
        fi
    done
}

# Sets path, position, wanted (what is to be completed) from the words before the current one.
_llmchat_walk() {
    local i word pending=0 subs flags kinds default kind count
    path="" position=0 wanted=""
    _llmchat_command "$path"
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if ((pending)); then
            pending=$((pending - 1))
            continue
        fi
        wanted=""
        if [[ $word == -- ]]; then
            wanted=text
            return
        elif [[ $word == --*=* ]]; then
            continue
        elif [[ $word == -?* ]]; then
            _llmchat_flag "$path" "$word"
            wanted=$kind pending=$count
        elif [[ " $subs " == *" $word "* ]]; then
            path="${path:+$path }$word"
            _llmchat_command "$path"
        elif [[ -n $default ]]; then
            path="${path:+$path }$default" position=1
            _llmchat_command "$path"
        else
            position=$((position + 1))
        fi
    done
    ((pending)) || wanted=""
}

# Prints the words that a kind stands for; only models, ids and the like start llmchat.
_llmchat_offer() {
    case $1 in
        choice:*) printf '%s\n' ${1#choice:} ;;
        text) ;;
        *)
            local value about program
            _llmchat_program && (
                builtin cd ~ 2>/dev/null || builtin cd /
                exec "$program" __complete "$1" "$2" "${words[@]:1}" 2>/dev/null
            ) | while IFS=$'\t' read -r value about; do printf '%s\n' "$value"; done
            ;;
    esac
}

# Sets program: never one that lies in the current folder because a name is relative or PATH says
# so, because a TAB is not an Enter.
_llmchat_program() {
    program=${words[0]/#\~/$HOME}
    [[ $program == /* ]] && return
    while IFS= read -r program; do
        [[ $program == /* ]] && return
    done < <(type -aP llmchat)
    return 1
}

# Takes the quote that is open off cur, or the backslashes of a bare word; what is offered has none.
_llmchat_unquote() {
    if [[ $cur == [\"\']* ]]; then
        quote=${cur:0:1} cur=${cur:1}
    elif [[ -z $quote ]]; then
        cur=${cur//\\/}
    fi
}

_llmchat() {
    local IFS=$' \t\n' cur path position wanted subs flags kinds default kind count i head quote=""
    local -a words found
    COMPREPLY=()
    _llmchat_split
    cur=${words[${#words[@]} - 1]}
    _llmchat_unquote
    _llmchat_walk
    _llmchat_command "$path"
    found=()
    head=""
    if [[ -z $wanted && $cur == --*=* ]]; then
        _llmchat_flag "$path" "${cur%%=*}"
        wanted=$kind head=${cur%%=*}= cur=${cur#*=}
        if [[ -z $quote ]]; then
            _llmchat_unquote
            [[ -n $quote ]] && head="" # bash replaces only what follows the quote
        fi
    fi
    if [[ -z $wanted && $cur == -* ]]; then
        found=($flags)
    elif [[ -z $wanted ]]; then
        [[ $position == 0 ]] && found=($subs)
        if [[ -z $subs || -n $default ]]; then
            for kind in $kinds; do
                if ((position == 0)) || [[ $kind == *'*' ]]; then
                    wanted=${kind%'*'}
                    break
                fi
                position=$((position - 1))
            done
        fi
        wanted=${wanted//+/ }
    fi
    if [[ $wanted == file ]]; then
        compopt -o default 2>/dev/null && return
        while IFS= read -r i; do # bash 3.2 leaves the quoting to us, as it does with other words
            [[ $i == *[\$\`\"\'\\\!]* ]] || found+=("$i")
        done < <(compgen -f -- "$cur")
    elif [[ -n $wanted ]]; then
        while IFS= read -r i; do found+=("$i"); done < <(_llmchat_offer "$wanted" "$cur")
    fi
    _llmchat_reply
}

# Keeps what begins with cur. bash replaces only what follows the last of its word breaks.
_llmchat_reply() {
    local breaks=${COMP_WORDBREAKS//[^:=]/} tail=$head$cur i
    [[ -n $breaks && -z $quote ]] && tail=${tail##*["$breaks"]}
    local kept=$head$cur
    kept=${kept%"$tail"}
    [[ -n $quote ]] && kept=""
    for i in "${found[@]}"; do
        if [[ $i == "$cur"* ]]; then
            i=$head$i
            i=${i#"$kept"}
            [[ -z $quote ]] && printf -v i %q "$i"
            COMPREPLY+=("$i")
        fi
    done
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *. ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -F _llmchat llmchat
