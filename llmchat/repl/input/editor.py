"""Edits the line in the person's editor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from llmchat.app.terminal.editor import edit_text, editor_command
from llmchat.errors import LlmchatError
from llmchat.repl.terminal import Terminal


class InTerminal(Protocol):
    """Runs something while the line is put away."""

    def __call__(self, func: Callable[[], str], *, in_executor: bool) -> Awaitable[str]: ...


class LineEditor:
    """`is_open` tells whose Ctrl-C it is."""

    def __init__(self, environ: Mapping[str, str], terminal: Terminal, lend: InTerminal) -> None:
        self._environ = environ
        self._terminal = terminal
        self._lend = lend
        self.is_open = False

    async def __call__(self, text: str) -> str:
        """The edited text; the old one when the editor fails or does not exist."""
        self.is_open = True
        try:
            command = editor_command(self._environ, terminal=True)
            return await self._lend(lambda: self._edited(command, text), in_executor=True)
        except (LlmchatError, OSError):
            return text
        finally:
            self.is_open = False

    def _edited(self, command: list[str], text: str) -> str:
        terminal = self._terminal
        return edit_text(
            text,
            command,
            environ=self._environ,
            stdin=terminal.keys_file,
            stdout=terminal.screen_file,
        )
