"""completions/_llmchat: for zsh, autoloaded from $fpath or sourced."""

from __future__ import annotations

from collections.abc import Iterable

from dev.completion.tree import MADE, Node, short

HEAD = f"""#compdef llmchat
# {MADE}
#
# put it as `_llmchat` into a folder of $fpath, before compinit runs; or source it after compinit
"""

MACHINE = r"""
# Sets at, position, wanted from the words before the current one.
_llmchat_walk() {
    local i word pending=0
    at="" position=0 wanted=""
    _llmchat_command "$at"
    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        if ((pending)); then
            ((pending--))
            continue
        fi
        wanted=""
        if [[ $word == -- ]]; then
            wanted=text
            return
        elif [[ $word == --*=* ]]; then
            continue
        elif [[ $word == -?* ]]; then
            _llmchat_flag "$at" "$word"
            wanted=$kind pending=$count
        elif [[ -n ${(M)subs:#${(b)word}:*} ]]; then
            at="${at:+$at }$word"
            _llmchat_command "$at"
        elif [[ -n $default ]]; then
            at="${at:+$at }$default" position=1
            _llmchat_command "$at"
        else
            ((position++))
        fi
    done
    ((pending)) || wanted=""
}

# Offers the words that a kind stands for; only models, ids and the like start llmchat.
_llmchat_offer() {
    case $1 in
        choice:*) compadd -- ${=${1#choice:}} ;;
        file) _files ;;
        text) _message 'text' ;;
        *)
            local line value program=${${(Q)words[1]}/#\~\//$HOME/}
            local -a values shown lines places
            # none that lies in the current folder: a TAB is not an Enter
            places=($program ${(f)"$(whence -pa llmchat)"})
            program=${places[(r)/*]}
            [[ -n $program ]] || return
            lines=(${(f)"$(
                builtin cd -q ~ 2>/dev/null || builtin cd -q /
                exec $program __complete $1 "${(Q)PREFIX}" ${words[2,-1]} 2>/dev/null
            )"})
            for line in $lines; do
                value=${line%%$'\t'*}
                values+=("$value")
                shown+=("$value${${line#*$'\t'}:+  -- ${line#*$'\t'}}")
            done
            if ((${#values} == 1)) && [[ $values[1] == *. ]]; then
                compadd -S '' -- $values
            else
                compadd -l -V "$1" -d shown -a values
            fi
            ;;
    esac
}

_llmchat() {
    emulate -L zsh
    setopt extendedglob
    local at position wanted kind count default
    local -a subs flags kinds
    _llmchat_walk
    _llmchat_command "$at"
    if [[ -z $wanted && $PREFIX == --*=* ]]; then
        _llmchat_flag "$at" "${PREFIX%%=*}"
        compset -P 1 '*='
        wanted=$kind
    fi
    if [[ -n $wanted ]]; then
        _llmchat_offer "$wanted"
        return
    fi
    if [[ $PREFIX == -* ]]; then
        _describe -t options 'option' flags
        return
    fi
    ((position == 0 && ${#subs})) && _describe -t commands 'command' subs
    ((${#subs} && position == 0)) && [[ -z $default ]] && return
    if ((position < ${#kinds})); then
        wanted=${kinds[position + 1]}
    elif ((${#kinds})) && [[ ${kinds[-1]} == *'*' ]]; then
        wanted=${kinds[-1]}
    fi
    [[ -n $wanted ]] && _llmchat_offer "${wanted%'*'}"
}

if [[ ${funcstack[1]} == _llmchat ]]; then
    _llmchat "$@"
else
    compdef _llmchat llmchat
fi
"""


def script(top: Node) -> str:
    return f"{HEAD}\n{_commands(top)}\n{_flags(top)}{MACHINE}"


def _commands(top: Node) -> str:
    cases = "".join(_case(node) for node in top.walk())
    return (
        "_llmchat_command() {\n    subs=() flags=() kinds=() default=\n"
        f'    case "$1" in\n{cases}    esac\n}}\n'
    )


def _case(node: Node) -> str:
    subs = _list(_described(child.path[-1], child.about) for child in node.children)
    flags = _list(_described(name, flag.about) for flag in node.flags for name in flag.names)
    kinds = _list(f"'{kind}'" for kind in (node.meant or node).kinds)
    return (
        f"        '{node.name}')\n            default='{node.default}'\n"
        f"            subs={subs}\n            kinds={kinds}\n            flags={flags} ;;\n"
    )


def _list(items: Iterable[str]) -> str:
    return "(" + " ".join(items) + ")"


def _described(word: str, about: str) -> str:
    """`word:description`, quoted; a colon in the word is escaped."""
    described = word.replace(":", "\\:") + ":" + short(about)
    return "'" + described.replace("'", "'\\''") + "'"


def _flags(top: Node) -> str:
    lines = []
    for node in top.walk():
        for flag in filter(lambda flag: flag.kind, node.flags):
            names = "|".join(f"'{node.name} {name}'" for name in flag.names)
            kind = flag.kind if flag.values else ""
            lines.append(f"        {names}) kind='{kind}' count={flag.values} ;;\n")
    cases = "".join(lines)
    return f'_llmchat_flag() {{\n    kind= count=0\n    case "$1 $2" in\n{cases}    esac\n}}\n'
