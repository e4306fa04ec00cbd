# Alt-E turns the words in the line into a command in the line; nothing is run.
# In ~/.bashrc: source <(llmchat completion bash --keys)        bash 4 or newer
#
# Ctrl-_ brings the words back. Alt-E on such a command explains it.
# In vi mode: bind -m vi-insert -x '"\C-xe": _llmchat_key'

_llmchat_key() {
    [[ $READLINE_LINE == *[![:space:]]* ]] || return 0
    local program said interrupt made=${_llmchat_made-}
    # none that lies in the current folder
    program=$(type -aP llmchat | command grep -m 1 '^/') ||
        { _llmchat_below 'llmchat: command not found'; return 0; }
    interrupt=$(trap -p INT)
    trap : INT # Ctrl-C stops llmchat and leaves the line
    if [[ -n $made && $READLINE_LINE == "$made" ]]; then
        _llmchat_below ''
        printf '%s' "$READLINE_LINE" | "$program" cmd --explain -
    else
        printf '\r\e[K%s' 'llmchat: thinking (Ctrl-C stops)' >&2
        said=$(printf '%s' "$READLINE_LINE" | "$program" cmd --line - 2>/dev/null)
        printf '\r\e[K' >&2
        [[ $said == *$'\x1e'* ]] || said=$'\x1ellmchat: no answer'
        [[ -z ${said#*$'\x1e'} ]] || _llmchat_below "${said#*$'\x1e'}"
        said=${said%%$'\x1e'*}
        if [[ -n $said ]]; then
            _llmchat_made=$said READLINE_LINE=$said READLINE_POINT=${#said}
        fi
    fi
    trap - INT
    [[ -z $interrupt ]] || eval "$interrupt"
    return 0
}

# The line as it was, and a message below it: the shell draws its line again behind both.
_llmchat_below() {
    local sign='$ '
    if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[1] > 3)); then
        sign=${PS1@P}
        sign=${sign##*$'\n'}
        sign=${sign//[$'\001\002']/}
    fi
    # a terminal would obey the control characters of a pasted line
    printf '%s%s\n' "$sign" "${READLINE_LINE//[^[:print:]$'\n\t']/?}" >&2
    [[ -z $1 ]] || printf '%s\n' "$1" >&2
}

bind -m emacs-standard -x '"\ee": _llmchat_key'
