"""Tab completion: commands, their arguments, and files after an @."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from llmchat.errors import LlmchatError
from llmchat.language import known
from llmchat.render.clean import clean_line
from llmchat.repl.commands.command import SlashCommand
from llmchat.repl.commands.lookup import find_command, other_commands
from llmchat.repl.input.completion_item import CompletionItem

if TYPE_CHECKING:
    from llmchat.repl.session import Session


FILE_COMMANDS = ("/file ", "/f ", "/save ", "/export ")


class SessionCompleter(Completer):
    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        """Completions for the line; none if the history cannot be read at the moment."""
        try:
            for item in self.items(document.text_before_cursor):
                yield _completion(item)
        except LlmchatError:
            return

    async def get_completions_async(
        self, document: Document, event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same, but looks for files in a thread, because a large tree or a slow disk must not
        stop the typing. Everything else is read here; the history belongs to this thread."""
        text = document.text_before_cursor
        if self._names_file(text):
            found = await asyncio.to_thread(lambda: list(self.get_completions(document, event)))
        else:
            found = list(self.get_completions(document, event))
        for completion in found:
            yield completion

    def _names_file(self, text: str) -> bool:
        word = text.rpartition(" ")[2].rpartition("\n")[2]
        return word.startswith("@") or text.startswith(FILE_COMMANDS)

    def items(self, text: str) -> Iterable[CompletionItem]:
        if text.startswith("/") and not text.startswith("//") and "\n" not in text:
            name, space, typed = text[1:].partition(" ")
            return self._arguments(name, typed.lstrip()) if space else self._commands(name)
        word = text.rpartition(" ")[2].rpartition("\n")[2]
        if word.startswith("@"):
            return self._session.pending.complete(word[1:].lstrip('"'))
        return ()

    def _commands(self, typed: str) -> Iterator[CompletionItem]:
        """Commands by name; by an alias only if it is typed in full."""
        for command in self._session.commands:
            if command.name.startswith(typed.lower()) or typed.lower() in command.aliases:
                ending = " " if command.takes else ""
                shown = f"/{command.name}"
                yield CompletionItem(command.name + ending, len(typed), command.about, shown)
        for command in other_commands(self._session):
            if command.name.startswith(typed):
                shown = f"/{command.name}"
                yield CompletionItem(f"{command.name} ", len(typed), command.about, shown)

    def _arguments(self, name: str, typed: str) -> Iterable[CompletionItem]:
        command = self._command(name)
        return command.completer(self._session, typed) if command and command.completer else ()

    def _command(self, name: str) -> SlashCommand | None:
        try:
            return find_command(self._session, name)
        except LlmchatError:
            return None


def _completion(item: CompletionItem) -> Completion:
    """A completion for prompt_toolkit, cleaned because file names and titles are foreign text."""
    return Completion(
        item.text,
        start_position=-item.replaces,
        display=clean_line(item.shown or item.text),
        display_meta=clean_line(known(item.about)),
    )
