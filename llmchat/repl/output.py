"""What the session itself says in the scrollback: cleaned lines, dim or plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from llmchat.render.clean import clean, clean_line
from llmchat.render.columns import columns
from llmchat.render.plain import write_whole
from llmchat.render.width import cut


class SessionOutput:
    """Writes whole lines to the terminal; foreign text is made harmless here."""

    def __init__(self, stream: TextIO, *, color: bool, width: Callable[[], int]) -> None:
        self._stream = stream
        self._width = width
        self._color = color

    def say(self, text: str = "") -> None:
        """One or more lines of ours or of somebody else's."""
        self._write(clean(text) + "\n")

    def hint(self, text: str) -> None:
        """One line beside the matter."""
        self._write(self._dim(clean_line(text)) + "\n")

    def rows(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Columns below a dim header, no wider than the screen."""
        width = self._width()
        first, *rest = (cut(line, width) for line in columns(header, rows).split("\n"))
        self._write("\n".join([self._dim(first), *rest]) + "\n")

    def safe(self, text: str) -> str:
        """One line for those who write it themselves."""
        return clean_line(text)

    def exact(self, sequence: str) -> None:
        """A sequence that the terminal is to obey."""
        self._write(sequence)

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._color and text else text

    def _write(self, text: str) -> None:
        write_whole(self._stream, text, tty=True)
