# Alt-E turns the words in the line into a command in the line; nothing is run.
# In ~/.config/fish/config.fish: llmchat completion fish --keys | source
#
# Ctrl-_ brings the words back. Alt-E on such a command explains it. Alt-V still opens the editor.

set -g __llmchat_made ''
set -g __llmchat_waits ''
set -g __llmchat_above 0

# How many rows of the screen are between the beginning of the line and the end of this text.
function __llmchat_rows -a text
    set -l cells --visible
    string length -q $cells -- x 2>/dev/null; or set cells # before fish 3.4
    set -l margin (string length $cells -- (fish_prompt)[-1])
    set -l rows -1
    for part in (printf %s\\n $text)
        set -l width (math $margin + (string length $cells -- $part))
        set rows (math "$rows + 1 + floor($width / $COLUMNS)")
    end
    echo $rows
end

function __llmchat_key
    set -l line (commandline -b | string collect)
    string match -qr '\S' -- "$line"; or return 0
    # none that lies in the current folder
    set -l program (type -ap llmchat 2>/dev/null | string match '/*')[1]
    set -l above (__llmchat_rows (commandline -c | string collect))
    string repeat -N -n (math (__llmchat_rows $line) - $above + 1) \n
    # fish looks for the beginning of its prompt as far above the cursor as it was before
    set -g __llmchat_above (math $above + (count (fish_prompt)) - 1)
    if test -z "$program"
        echo 'llmchat: command not found'
    else if test -n "$__llmchat_made" -a "$line" = "$__llmchat_made"
        printf %s "$line" | $program cmd --explain -
    else
        set -g __llmchat_waits yes
        printf %s 'llmchat: thinking (Ctrl-C stops)'
        set -l said (printf %s "$line" | $program cmd --line - 2>/dev/null | string collect)
        set -g __llmchat_waits ''
        printf '\r\e[K'
        string match -q \*\x1e\* -- "$said"; or set said \x1e'llmchat: no answer'
        set -l parts (string split -m 1 \x1e -- "$said")
        test -z "$parts[2]"; or echo $parts[2]
        if test -n "$parts[1]"
            set -g __llmchat_made $parts[1]
            commandline -r -- $parts[1]
        end
    end
end

# Ctrl-C ends the function above, and not this one.
function __llmchat_after
    test -z "$__llmchat_waits"; or printf '\r\e[Kllmchat: stopped\n'
    set -g __llmchat_waits ''
    string repeat -N -n $__llmchat_above \n
    set -g __llmchat_above 0
    commandline -f repaint
end

bind \ee __llmchat_key __llmchat_after
bind -M insert \ee __llmchat_key __llmchat_after
