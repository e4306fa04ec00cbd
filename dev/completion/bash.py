"""completions/llmchat.bash: for bash 3.2 and newer, with or without the bash-completion package."""

from __future__ import annotations

from dev.completion.tree import MADE, Node

HEAD = f"""# bash completion for llmchat
# {MADE}
#
# source this file, or put it as `llmchat` into ~/.local/share/bash-completion/completions/
"""

MACHINE = r"""
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
"""


def script(top: Node) -> str:
    return f"{HEAD}\n{_commands(top)}\n{_flags(top)}{MACHINE}"


def _commands(top: Node) -> str:
    lines = []
    for node in top.walk():
        subs = " ".join(child.path[-1] for child in node.children)
        # a kind must be one word here: the choices in it are joined by +
        kinds = " ".join(kind.replace(" ", "+") for kind in (node.meant or node).kinds)
        flags = " ".join(name for flag in node.flags for name in flag.names)
        lines.append(
            f'        "{node.name}")\n'
            f'            subs="{subs}" kinds="{kinds}" default="{node.default}"\n'
            f'            flags="{flags}" ;;\n'
        )
    cases = "".join(lines)
    return (
        f'_llmchat_command() {{\n    subs="" kinds="" default="" flags=""\n'
        f'    case "$1" in\n{cases}    esac\n}}\n'
    )


def _flags(top: Node) -> str:
    lines = []
    for node in top.walk():
        for flag in filter(lambda flag: flag.kind, node.flags):
            names = "|".join(f'"{node.name} {name}"' for name in flag.names)
            lines.append(f'        {names}) kind="{flag.kind}" count={flag.values} ;;\n')
    cases = "".join(lines)
    return (
        f'_llmchat_flag() {{\n    kind="" count=0\n    case "$1 $2" in\n{cases}    esac\n'
        '    [[ $kind != "" && $count == 0 ]] && kind=""\n    return 0\n}\n'
    )
