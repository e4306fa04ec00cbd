"""`SlashCommand`: a session command's name, arguments, help, action and completion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.errors import UsageError
from llmchat.nearest import nearest
from llmchat.repl.input.option import Option

if TYPE_CHECKING:
    from llmchat.repl.session import Session

LEAVING = frozenset({"exit", "quit", ":q", ":q!", ":wq", ":x"})  # typed without a slash


Run = Callable[["Session", str], Awaitable[None]]
Complete = Callable[["Session", str], Iterable[Option]]


@dataclass(frozen=True, slots=True)
class SlashCommand:
    name: str
    takes: str
    about: str
    run: Run
    completer: Complete | None = None
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.takes}".rstrip()


class Commands:
    """The table, asked by name or alias."""

    def __init__(self, groups: Iterable[tuple[str, tuple[SlashCommand, ...]]]) -> None:
        self.groups = tuple(groups)
        self._by_name = {
            name: command for command in self for name in (command.name, *command.aliases)
        }

    def __iter__(self) -> Iterator[SlashCommand]:
        return (command for _, group in self.groups for command in group)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def find(self, name: str) -> SlashCommand:
        """By its name or an alias; what is nearly one is not guessed but told."""
        command = self._by_name.get(name.lower())
        if command is None:
            raise unknown(name, self._nearest(name.lower()))
        return command

    def _nearest(self, name: str) -> list[str]:
        longer = [c.name for c in self if name and c.name.startswith(name)]
        return longer[:3] or nearest(name, self._by_name)


def unknown(name: str, near: list[str]) -> UsageError:
    did_you = (
        f"did you mean {' or '.join('/' + n for n in near)}? "
        if near
        else "/help lists the commands; "
    )
    return UsageError(
        f"there is no command /{name}; nothing was sent",
        hint=f"{did_you}to send the line anyway, add a slash: //{name}",
    )
