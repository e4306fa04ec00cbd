"""The line in the person's own editor."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from llmchat.programs import find, start
from llmchat.repl.terminal import Terminal

USUAL = ("editor", "nano", "vim", "vi")


class InTerminal(Protocol):
    """Runs something while the line is put away."""

    def __call__(self, func: Callable[[], str], *, in_executor: bool) -> Awaitable[str]: ...


class Editor:
    """`is_open` tells whose Ctrl-C it is."""

    def __init__(self, environ: Mapping[str, str], terminal: Terminal, lend: InTerminal) -> None:
        self._environ = environ
        self._terminal = terminal
        self._lend = lend
        self.is_open = False

    async def __call__(self, text: str) -> str:
        """The edited text; the old one when the editor fails or does not exist."""
        command = editor_command(self._environ)
        if not command:
            return text
        self.is_open = True
        try:
            return await self._lend(lambda: self._edited(command, text), in_executor=True)
        finally:
            self.is_open = False

    def _edited(self, command: list[str], text: str) -> str:
        descriptor, name = tempfile.mkstemp(prefix="llmchat-", suffix=".md")
        try:
            with open(descriptor, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            done = subprocess.run(
                **start([*command, name], self._environ),
                stdin=self._terminal.keys_file,
                stdout=self._terminal.screen_file,
                check=False,
            )
            if done.returncode:
                return text
            return Path(name).read_text("utf-8", "replace").rstrip("\n")
        except OSError:
            return text
        finally:
            with suppress(OSError):
                Path(name).unlink()


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """VISUAL, then EDITOR, then what the machine has; empty when it has nothing."""
    for variable in ("VISUAL", "EDITOR"):
        with suppress(ValueError):  # an open quote
            words = shlex.split(environ.get(variable, ""))
            if words:
                return words
    found = (find(name, environ) for name in USUAL)
    return next(([path] for path in found if path), [])
