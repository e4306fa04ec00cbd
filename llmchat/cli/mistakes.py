"""What was mistyped, and what was meant: commands, flags and questions that begin with a dash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llmchat.cli.commands import COMMANDS
from llmchat.errors import UsageError
from llmchat.secret import may_be_key

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
        near = nearest(word, TOP_FLAGS, likeness=0.75) if word.startswith("--") else ""
        meant = (
            f"did you mean `llmchat {near}`?" if near else "flags stand behind the command, as in"
        )
        return UsageError(
            f"there is no option {word!r}",
            hint=meant if near else f"{meant} llmchat ask {word} ...",
        )
    near = nearest(word, COMMANDS)
    meant = f"did you mean `llmchat {near}`?" if near else "llmchat --help lists them."
    return UsageError(
        f"there is no command {word!r}", hint=f'{meant} A question: llmchat ask "{word} ..."'
    )


def usage_error(error: Any, name: str, argv: Iterable[str]) -> UsageError:
    """An error of Typer's own in our words."""
    option = getattr(error, "option_name", "")
    if option and type(error).__name__ == "NoSuchOption":
        return _unknown_flag(error, option, name, argv)
    if type(error).__name__ == "NoArgsIsHelpError":
        commands = ", ".join(getattr(error.ctx.command, "commands", ()))
        return UsageError(f"{name} does one of: {commands}", hint=_see(error, name))
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message, hint=_see(error, name))


def _unknown_flag(error: Any, option: str, name: str, argv: Iterable[str]) -> UsageError:
    text = next((w for w in argv if w.startswith(option) and any(c.isspace() for c in w)), "")
    if text:
        shown = text if len(text) < 30 else text[:27] + "..."
        return UsageError(
            f"{shown!r} begins with a dash, and was taken for a flag",
            hint=f'llmchat {name} -- "{shown}"',
        )
    near = nearest(option, _flags(error)) if option.startswith("--") else ""
    meant = f"did you mean {near}? " if near else ""
    return UsageError(f"there is no option {option}", hint=meant + _see(error, name))


def _flags(error: Any) -> list[str]:
    params = error.ctx.command.params if error.ctx else ()
    return [flag for param in params for flag in param.opts if flag.startswith("--")]


def _see(error: Any, name: str) -> str:
    path = error.ctx.command_path if getattr(error, "ctx", None) else f"llmchat {name}"
    return f"{path} --help"


def nearest(word: str, names: Iterable[str], *, likeness: float = 0.5) -> str:
    from difflib import get_close_matches  # only for the error: 2 ms

    return next(iter(get_close_matches(word, list(names), n=1, cutoff=likeness)), "")
