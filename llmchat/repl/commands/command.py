"""`SlashCommand`: a session command's name, arguments, help, action and completion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.repl.input.completion_item import CompletionItem

if TYPE_CHECKING:
    from llmchat.repl.session import Session

Run = Callable[["Session", str], Awaitable[None]]
Complete = Callable[["Session", str], Iterable[CompletionItem]]


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
    """The table of commands, looked up by name or alias."""

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

    def get(self, name: str) -> SlashCommand | None:
        """The command with this name or alias; None if there is none."""
        return self._by_name.get(name.lower())
