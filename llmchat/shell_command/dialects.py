"""The syntax of the shells: quotes, escapes, and the words that open and close a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

POSIX_BLOCKS = {
    "if": "fi", "for": "done", "while": "done", "until": "done", "select": "done",
    "case": "esac", "{": "}",
}  # fmt: skip
FISH_BLOCKS = dict.fromkeys(("if", "for", "while", "switch", "begin", "function"), "end")


@dataclass(frozen=True, slots=True)
class Dialect:
    """A shell's syntax; `lexer` is its name for the highlighter, `blocks` maps words to those that
    close them."""

    name: str
    label: str
    lexer: str
    escape: str = "\\"
    quotes: str = "'\""
    escapes_in_single: bool = False
    blocks: Mapping[str, str] = field(default_factory=lambda: POSIX_BLOCKS)
    heredocs: bool = True
    comments: bool = True  # after a #
    braces: bool = False  # { and } are tokens everywhere
    any_case: bool = False  # names are case-insensitive


BASH = Dialect("bash", "bash", "bash")
FISH = Dialect("fish", "fish", "fish", escapes_in_single=True, blocks=FISH_BLOCKS, heredocs=False)
POWERSHELL = Dialect(
    "powershell", "PowerShell", "powershell", escape="`", blocks={}, heredocs=False,
    braces=True, any_case=True,
)  # fmt: skip
COMMAND_PROMPT = Dialect(
    "cmd", "cmd.exe", "bat", escape="^", quotes='"', blocks={}, heredocs=False, comments=False,
    any_case=True,
)  # fmt: skip
KNOWN = {
    **{
        name: Dialect(name, name, "bash")
        for name in ("sh", "dash", "ash", "ksh", "mksh", "zsh", "busybox")
    },
    "bash": BASH,
    "fish": FISH,
    "powershell": POWERSHELL,
    "pwsh": POWERSHELL,
    "cmd": COMMAND_PROMPT,
}


def dialect_of(shell: str) -> Dialect:
    """The dialect of a shell, by its program's name; an unknown shell is parsed like sh."""
    return KNOWN.get(shell, BASH)
