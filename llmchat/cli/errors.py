"""Usage errors: suggestions for mistyped words, and the JSON object that `ask --json` prints if it
fails before asking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from llmchat.cli import migration_hints
from llmchat.cli.table import COMMANDS
from llmchat.errors import LlmchatError, UsageError
from llmchat.language import msg
from llmchat.language.nearest import nearest
from llmchat.settings.registry import hint_to_enable
from llmchat.values.secret import may_be_key
from llmchat.world import World

PLAIN = re.compile(r"[\w ]{1,40}")  # a question that needs no quotes in a hint
TOP_FLAGS = ("--help", "--version", "--color")


def unknown_word(argv: Sequence[str]) -> UsageError:
    """The error if the first word is neither a command nor part of a question."""
    word, question = argv[0], " ".join(argv)
    if may_be_key(word):
        hint = msg('llmchat --help lists them. A question: llmchat ask "your question"')
        return UsageError(msg("there is no command or option of that name"), hint=hint)
    error = msg("there is no command {word!r}", word=word)
    if word == "run":
        from llmchat.providers import NAMES

        return UsageError(error, hint=migration_hints.for_run(argv[1:], NAMES))
    if instead := migration_hints.for_command(argv):
        return UsageError(error, hint=instead)
    if plugin := hint_to_enable("command", word):
        return UsageError(error, hint=plugin)
    question = question if PLAIN.fullmatch(question) else f"{word} ..."
    meant = _meant(word, COMMANDS) or msg("llmchat --help lists them.")
    return UsageError(
        error,
        hint=msg("{meant} A question: llmchat ask {question}", meant=meant, question=question),
    )


def mistaken_flag(flag: str, argv: Sequence[str]) -> UsageError:
    """The error if the first word is a flag that neither llmchat nor `ask` has."""
    error = msg("there is no option {flag!r}", flag=flag)
    if may_be_key(flag):
        return UsageError(
            msg("there is no command or option of that name"), hint=msg("llmchat --help")
        )
    if instead := migration_hints.for_flag(flag, argv):
        return UsageError(error, hint=instead)
    meant = _meant(flag, TOP_FLAGS) if flag.startswith("--") else ""
    return UsageError(
        error, hint=meant or msg("llmchat --help, or llmchat ask --help for its flags")
    )


def _meant(word: str, names: Iterable[str]) -> str:
    found = nearest(word, names)
    return msg("did you mean `llmchat {found}`?", found=found[0]) if found else ""


def is_for_program(argv: Sequence[str]) -> bool:
    """Whether the command line is an `ask` (also an implied one) with a flag for JSON output."""
    name = argv[0] if argv else ""
    asks = name == "ask" or name.startswith("-") or any(c.isspace() for c in name)
    return asks and bool({"--json", "--jsonl"}.intersection(_flags_among(argv)))


def tell_program(error: LlmchatError, argv: Sequence[str], world: World) -> None:
    """Prints an error as JSON on stdout. If stdout is closed or full, the exit code stays that of
    the error."""
    from llmchat.render.json import JsonAnswer, JsonEvents

    if world.stdout is None or world.stdout.closed:
        return
    machine = JsonAnswer if "--json" in _flags_among(argv) else JsonEvents
    with suppress(OSError):
        machine(world.stdout).end(None, error)


def _flags_among(words: Iterable[str]) -> list[str]:
    """The flags among the words; those after `--` are text."""
    found = list(words)
    return found[: found.index("--")] if "--" in found else found
