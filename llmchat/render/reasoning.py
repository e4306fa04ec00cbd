"""Shows a model's reasoning on stderr, separately from the answer."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple, TextIO

from llmchat.render.clean import Cleaner
from llmchat.render.encoding import ALIKE
from llmchat.render.plain import write_whole


class Thoughts(NamedTuple):
    """Where to write reasoning; `dim` on a terminal that supports it."""

    stream: TextIO
    dim: bool = True


class ReasoningWriter:
    """Writes reasoning as it comes, and a blank line between it and the answer."""

    def __init__(self, place: Thoughts) -> None:
        self._stream = place.stream
        self._tty = place.stream.isatty()
        self._dim = self._tty and place.dim
        self._cleaner = Cleaner()
        self._line = ""
        self._open = False

    def say(self, text: str) -> None:
        text = self._cleaner.feed(text) if self._tty else text
        if text:
            self._open = True
            self._line = text[-1]
            shown = f"\x1b[2m{text}\x1b[m" if self._dim else text
            self._write(shown)

    def end(self) -> None:
        if self._open:
            self._open = False
            self._write("\n" if self._line == "\n" else "\n\n")

    def _write(self, text: str) -> None:
        """Writes; a closed stderr must not end an answer."""
        with suppress(OSError, ValueError):
            write_whole(self._stream, text, tty=self._tty, errors=ALIKE)
