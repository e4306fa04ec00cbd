"""`Suggestion`: the commands a model wrote, with their dangers, as a person is shown them."""

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
    """`text` is what would run, byte for byte; with several commands nothing does."""

    commands: tuple[str, ...]
    dangers: tuple[Danger, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.commands)

    @property
    def hides(self) -> bool:
        """Something in it cannot be seen, so it cannot be confirmed."""
        return any(danger.hides for danger in self.dangers)

    @property
    def may_run(self) -> bool:
        return len(self.commands) == 1 and not self.hides

    @property
    def for_editor(self) -> str:
        """The text without hidden characters, so that all of it can be seen."""
        return without_hidden(self.text)


def suggested(reply: str, dialect: Dialect) -> Suggestion:
    """What a model's reply suggests; without commands where it is prose."""
    return _read(commands_in, reply, dialect)


def edited(text: str, dialect: Dialect) -> Suggestion:
    """What a person typed is taken as it is."""
    return _read(commands_typed, text, dialect)


def _read(
    read: Callable[[str, Dialect], tuple[str, ...]], text: str, dialect: Dialect
) -> Suggestion:
    """The suggestion in a text; one that is nested too deeply to be read has no commands."""
    try:
        return _looked_at(read(text, dialect), dialect)
    except RecursionError:
        return Suggestion((), ())


def _looked_at(commands: tuple[str, ...], dialect: Dialect) -> Suggestion:
    """Each command is read for itself; the places are those in the whole text."""
    found: list[Danger] = []
    start = 0
    for command in commands:
        found += [
            danger._replace(start=danger.start + start, end=danger.end + start)
            for danger in dangers(command, dialect)
        ]
        start += len(command) + 1
    return Suggestion(commands, tuple(found))
