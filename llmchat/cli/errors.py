"""Usage errors: suggestions for mistyped words, and the object that `ask --json` prints for a
failure before there is a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from llmchat.cli.commands import COMMANDS
from llmchat.errors import LlmchatError, UsageError
from llmchat.nearest import nearest, suggestion
from llmchat.secret import may_be_key
from llmchat.world import World

TOP_FLAGS = ("--help", "--version", "--color")


def unknown_word(word: str) -> UsageError:
    """The first word is neither a command nor a question."""
    if may_be_key(word) and not any(map(str.isspace, word)):
        hint = 'llmchat --help lists them. A question: llmchat ask "your question"'
        return UsageError("there is no command or option of that name", hint=hint)
    if word.partition("=")[0] == "--color":
        hint = "llmchat --color never ask ..."
        return UsageError("--color needs auto, always or never, and a command", hint=hint)
    if word.startswith("-"):
        meant = _meant(word, TOP_FLAGS) if word.startswith("--") else ""
        behind = f"flags stand behind the command, as in llmchat ask {word} ..."
        return UsageError(f"there is no option {word!r}", hint=meant or behind)
    meant = _meant(word, COMMANDS) or "llmchat --help lists them."
    return UsageError(
        f"there is no command {word!r}", hint=f'{meant} A question: llmchat ask "{word} ..."'
    )


def _meant(word: str, names: Iterable[str]) -> str:
    found = nearest(word, names)
    return f"did you mean `llmchat {found[0]}`?" if found else ""


def usage_error(error: Any, name: str, argv: Iterable[str]) -> UsageError:
    """An error of Typer's own in our words."""
    option = getattr(error, "option_name", "")
    if option and type(error).__name__ == "NoSuchOption":
        return _unknown_flag(error, option, name, argv)
    if type(error).__name__ == "NoArgsIsHelpError":
        commands = ", ".join(getattr(error.ctx.command, "commands", ()))
        return UsageError(f"missing command. Choose from: {commands}", hint=_see(error, name))
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message, hint=_see(error, name))


def _unknown_flag(error: Any, option: str, name: str, argv: Iterable[str]) -> UsageError:
    text = next((w for w in argv if w.startswith(option) and any(c.isspace() for c in w)), "")
    if text:
        shown = text if len(text) < 30 else text[:27] + "..."
        return UsageError(
            f"{shown!r} begins with a dash and was read as a flag",
            hint=f'llmchat {name} -- "{shown}"',
        )
    meant = suggestion(option, _flags(error)) if option.startswith("--") else ""
    hint = f"{meant} {_see(error, name)}".lstrip()
    return UsageError(f"there is no option {option}", hint=hint)


def _flags(error: Any) -> list[str]:
    params = error.ctx.command.params if error.ctx else ()
    return [flag for param in params for flag in param.opts if flag.startswith("--")]


def _see(error: Any, name: str) -> str:
    path = error.ctx.command_path if getattr(error, "ctx", None) else f"llmchat {name}"
    return f"{path} --help"


def is_for_program(argv: Sequence[str]) -> bool:
    """`ask`, or the question alone which means it, with one of the two flags."""
    name = argv[0] if argv else ""
    asks = name == "ask" or any(c.isspace() for c in name)
    return asks and bool({"--json", "--jsonl"}.intersection(_flags_among(argv[1:])))


def tell_program(error: LlmchatError, argv: Sequence[str], world: World) -> None:
    """A stdout that is gone or full does not change the exit code."""
    from llmchat.render.json import JsonAnswer, JsonEvents

    if world.stdout is None or world.stdout.closed:
        return
    machine = JsonAnswer if "--json" in _flags_among(argv) else JsonEvents
    with suppress(OSError):
        machine(world.stdout).end(None, error)


def _flags_among(words: Iterable[str]) -> list[str]:
    """What follows `--` is text."""
    found = list(words)
    return found[: found.index("--")] if "--" in found else found
