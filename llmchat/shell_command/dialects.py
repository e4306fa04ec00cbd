"""How the shells write: quotes, escapes, and the words that open and close a block."""

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
    """`lexer` is the name under which the highlighter knows it; `blocks` are closed by a word."""

    name: str
    label: str
    lexer: str
    escape: str = "\\"
    quotes: str = "'\""
    escapes_in_single: bool = False
    blocks: Mapping[str, str] = field(default_factory=lambda: POSIX_BLOCKS)
    heredocs: bool = True
    comments: bool = True  # behind a #
    braces: bool = False  # { and } stand alone, wherever they are
    any_case: bool = False  # names are the same in capitals


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
    """The dialect of a shell, by its program's name; an unknown shell is read like sh."""
    return KNOWN.get(shell, BASH)
