"""Shows a model's reasoning on stderr, apart from the answer."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO

from llmchat.render.clean import Cleaner
from llmchat.render.plain import write_whole


class ReasoningWriter:
    """Reasoning as it comes: dim on a terminal, and a blank line between it and the answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tty = stream.isatty()
        self._cleaner = Cleaner()
        self._line = ""
        self._open = False

    def say(self, text: str) -> None:
        text = self._cleaner.feed(text) if self._tty else text
        if text:
            self._open = True
            self._line = text[-1]
            shown = f"\x1b[2m{text}\x1b[m" if self._tty else text
            self._write(shown)

    def end(self) -> None:
        if self._open:
            self._open = False
            self._write("\n" if self._line == "\n" else "\n\n")

    def _write(self, text: str) -> None:
        """A stderr that is gone must not end an answer."""
        with suppress(OSError, ValueError):
            write_whole(self._stream, text, tty=self._tty)
