# Alt-E turns the words in the line into a command in the line; nothing is run.
# In ~/.zshrc: source <(llmchat completion zsh --keys)
#
# Ctrl-_ brings the words back. Alt-E on such a command explains it.
# In vi mode: bindkey -M viins '^Xe' llmchat-key

typeset -g _llmchat_made=''

llmchat-key() {
    emulate -L zsh
    setopt local_traps extended_glob
    [[ $BUFFER == *[^[:space:]]* ]] || return 0
    local program said message
    local -a places
    # none that lies in the current folder
    places=(${(f)"$(whence -pa llmchat)"})
    program=${places[(r)/*]}
    [[ -n $program ]] || { zle -M 'llmchat: command not found'; return 0 }
    trap ':' INT # Ctrl-C stops llmchat and leaves the line
    if [[ -n $_llmchat_made && $BUFFER == "$_llmchat_made" ]]; then
        zle -I
        print -rn -- "$BUFFER" | $program cmd --explain -
        return 0
    fi
    zle -R 'llmchat: thinking (Ctrl-C stops)'
    said=$(print -rn -- "$BUFFER" | $program cmd --line - 2>/dev/null)
    [[ $said == *$'\x1e'* ]] || said=$'\x1ellmchat: no answer'
    message=${said#*$'\x1e'}
    said=${said%%$'\x1e'*}
    if [[ -n $said ]]; then
        _llmchat_made=$said
        BUFFER=$said
        CURSOR=${#BUFFER}
    fi
    zle -R
    [[ -z $message ]] || zle -M -- "$message"
    return 0
}

zle -N llmchat-key
bindkey -M emacs '^[e' llmchat-key
