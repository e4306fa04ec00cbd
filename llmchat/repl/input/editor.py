"""Edits the line in the person's editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from prompt_toolkit.application import run_in_terminal

from llmchat.app.terminal.editor import edit_text, editor_command
from llmchat.errors import LlmchatError
from llmchat.repl.terminal import Terminal


def editing(text: str, environ: Mapping[str, str], terminal: Terminal) -> Callable[[], str]:
    """A function that runs the editor with the terminal lent to it; raises an error if there is
    none."""
    command = editor_command(environ, terminal=True)
    keys, screen = terminal.keys_file, terminal.screen_file
    return partial(edit_text, text, command, environ=environ, stdin=keys, stdout=screen)


class LineEditor:
    """Opens the editor; while `is_open`, Ctrl-C belongs to the editor."""

    def __init__(
        self, environ: Mapping[str, str], terminal: Terminal, tell: Callable[[str], None]
    ) -> None:
        self._environ = environ
        self._terminal = terminal
        self._tell = tell
        self.is_open = False

    async def __call__(self, text: str) -> str:
        """The edited text. If the editor fails or does not exist, prints a notice and returns the
        old text."""
        self.is_open = True
        try:
            edit = editing(text, self._environ, self._terminal)
            return await run_in_terminal(edit, in_executor=True)
        except LlmchatError as error:
            line = error.in_one_line
            await run_in_terminal(lambda: self._tell(line))
            return text
        except OSError:
            return text
        finally:
            self.is_open = False
