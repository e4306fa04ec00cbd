"""A command line without a command: `llmchat WORDS` means `llmchat ask WORDS`, or is a mistake.

Why: docs/decisions/0101-lines-without-a-command.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from llmchat.cli.argv import normalize_argv
from llmchat.cli.errors import mistaken_flag, unknown_word
from llmchat.cli.table import COMMANDS
from llmchat.errors import UsageError
from llmchat.language import msg


def full_command(argv: list[str], load: Callable[[str], Any]) -> list[str]:
    """`argv` with `ask` in front if that is what was meant, or the error; `load` gives the flags of
    a command."""
    first = argv[0]
    if any(map(str.isspace, first)):
        return ["ask", "--", *argv] if first.startswith("-") else ["ask", *argv]
    if first == "-":
        return ["ask", *argv]
    if not first.startswith("-"):
        raise unknown_word(argv)
    return _flagged(argv, load("ask").params)


def _flagged(argv: list[str], params: Iterable[Any]) -> list[str]:
    """A command line that begins with flags: `llmchat -p demo words`."""
    valued: dict[str, bool] = {}
    for param in params:
        valued |= {flag: not param.is_flag for flag in param.opts if flag.startswith("-")}
    flag = argv[0].partition("=")[0]
    if flag not in valued and flag[:2] not in valued:
        raise mistaken_flag(flag, argv)
    words = _words(normalize_argv(argv), {flag for flag, takes in valued.items() if takes})
    if words and words[0] in COMMANDS:
        flags = " ".join(argv[: argv.index(words[0])])
        hint = msg("llmchat ask {flags} ...", flags=flags)
        if words[0] != "ask":
            hint = msg(
                "llmchat {words} {flags}, or for a question: llmchat ask {flags} ...",
                words=words[0],
                flags=flags,
            )
        raise UsageError(msg("flags go after the command {words!r}", words=words[0]), hint=hint)
    return ["ask", *argv]


def _words(argv: Sequence[str], valued: Iterable[str]) -> list[str]:
    """The words that are neither flags nor the values of flags."""
    rest = list(argv)
    found: list[str] = []
    while rest:
        word = rest.pop(0)
        if word == "--":
            return found
        if word in valued:
            del rest[:1]
        elif not word.startswith("-") or word == "-":
            found.append(word)
    return found
