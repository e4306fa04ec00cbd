"""`Suggestion`: the commands that a model wrote, with their dangers, as they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llmchat.shell_command.danger import Danger
from llmchat.shell_command.dangers import dangers
from llmchat.shell_command.dialects import Dialect
from llmchat.shell_command.reply import commands_in, commands_typed
from llmchat.shell_command.signs import without_hidden


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` is what would run, byte for byte; if there are several commands, nothing runs."""

    commands: tuple[str, ...]
    dangers: tuple[Danger, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.commands)

    @property
    def hides(self) -> bool:
        """Whether part of it is invisible, so that it cannot be approved."""
        return any(danger.hides for danger in self.dangers)

    @property
    def may_run(self) -> bool:
        return len(self.commands) == 1 and not self.hides

    @property
    def for_editor(self) -> str:
        """The text without hidden characters, so that all of it is visible."""
        return without_hidden(self.text)


def suggested(reply: str, dialect: Dialect) -> Suggestion:
    """The suggestion in a model's reply; without commands if it is prose."""
    return _read(commands_in, reply, dialect)


def edited(text: str, dialect: Dialect) -> Suggestion:
    """What a person typed, unchanged."""
    return _read(commands_typed, text, dialect)


def _read(
    read: Callable[[str, Dialect], tuple[str, ...]], text: str, dialect: Dialect
) -> Suggestion:
    """The suggestion in a text; without commands if it is nested too deeply to parse."""
    try:
        return _looked_at(read(text, dialect), dialect)
    except RecursionError:
        return Suggestion((), ())


def _looked_at(commands: tuple[str, ...], dialect: Dialect) -> Suggestion:
    """The suggestion for commands that are checked one by one; places are those in the whole
    text."""
    found: list[Danger] = []
    start = 0
    for command in commands:
        found += [
            danger._replace(start=danger.start + start, end=danger.end + start)
            for danger in dangers(command, dialect)
        ]
        start += len(command) + 1
    return Suggestion(commands, tuple(found))
