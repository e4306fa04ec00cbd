"""completions/llmchat.fish: for fish 3 and newer."""

from __future__ import annotations

from collections.abc import Iterator

from dev.completion.tree import MADE, Flag, Node, short

HEAD = f"""# fish completion for llmchat
# {MADE}
#
# put it as `llmchat.fish` into ~/.config/fish/completions/
"""

MACHINE = r"""
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
"""


def script(top: Node) -> str:
    lines = [line for node in top.walk() for line in _node(node)]
    return f"{HEAD}\n{_tables(top)}{MACHINE}{''.join(lines)}"


def _tables(top: Node) -> str:
    subs = "".join(
        f"        case {_quoted(node.name)}\n"
        f"            printf '%s\\n' {' '.join(child.path[-1] for child in node.children)}\n"
        for node in top.walk()
        if node.children
    )
    defaults = "".join(
        f"        case {_quoted(node.name)}\n            echo {node.default}\n"
        for node in top.walk()
        if node.default
    )
    values = "".join(
        f"        case {' '.join(_quoted(f'{node.name} {name}') for name in flag.names)}\n"
        f"            echo {flag.values}\n"
        for node in top.walk()
        for flag in node.flags
        if flag.kind and flag.values
    )
    return (
        _switch("__llmchat_subcommands", "$argv[1]", subs, other="")
        + _switch("__llmchat_default", "$argv[1]", defaults, other="")
        + _switch("__llmchat_values", "$argv[1] $argv[2]", values, other="echo 0")
    )


def _switch(name: str, value: str, cases: str, *, other: str) -> str:
    rest = f"        case '*'\n            {other}\n" if other else ""
    return f'function {name}\n    switch "{value}"\n{cases}{rest}    end\nend\n\n'


def _node(node: Node) -> Iterator[str]:
    yield f"\n# llmchat {node.name}\n".replace(" \n", "\n")
    for child in node.children:
        yield _line(f"__llmchat_at '{node.name}' 0", f"-a {child.path[-1]}", child.about)
    if node.meant:
        yield from _arguments(node.name, node.meant)
    yield from _arguments(node.name, node)
    for flag in node.flags:
        yield _line(f"__llmchat_at '{node.name}'", _flag(flag), flag.about)


def _arguments(name: str, node: Node) -> Iterator[str]:
    for number, kind in enumerate(node.kinds):
        offer = _offer(kind.rstrip("*"))
        if offer:
            place = f"{number}+" if kind.endswith("*") else str(number)
            yield _line(f"__llmchat_at '{name}' {place}", offer, "")


def _flag(flag: Flag) -> str:
    words = [f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in flag.names]
    if flag.kind and flag.values:
        words.append(f"-x {_offer(flag.kind)}" if flag.kind != "file" else "-r -F")
    return " ".join(words).rstrip()


def _offer(kind: str) -> str:
    if kind.startswith("choice:"):
        return f"-a '{kind.removeprefix('choice:')}'"
    if kind == "file":
        return "-F"
    return "" if kind == "text" else f"-k -a '(__llmchat_offer {kind})'"


def _line(condition: str, what: str, about: str) -> str:
    description = f" -d {_quoted(short(about))}" if about else ""
    return f"complete -c llmchat -n {_quoted(condition)} {what}{description}\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
