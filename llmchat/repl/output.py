"""Prints the session's own messages: cleaned lines, dim or normal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from llmchat.language import translated
from llmchat.render.clean import clean, clean_line
from llmchat.render.fold import fold
from llmchat.render.plain import write_whole
from llmchat.render.tables.table import Table


class SessionOutput:
    """Writes whole lines to the terminal and cleans foreign text."""

    def __init__(
        self,
        stream: TextIO,
        *,
        color: bool,
        columns: Callable[[], int],
        draw: Callable[[Table], str],
    ) -> None:
        self._stream = stream
        self._columns = columns
        self._draw = draw
        self._color = color

    def say(self, text: str = "") -> None:
        """Prints one or more lines."""
        self._write("\n".join(self._folded(clean(translated(text)))) + "\n")

    def hint(self, text: str) -> None:
        """Prints dim lines."""
        lines = self._folded(clean_line(translated(text)))
        self._write("".join([self._dim(line) + "\n" for line in lines]))

    def ask(self, question: str) -> None:
        """Prints a question; the answer is typed after its last line."""
        self._write("\n".join(self._folded(clean_line(translated(question)))) + " ")

    def table(self, table: Table) -> None:
        """Prints a table no wider than the screen."""
        self._write(self._draw(table) + "\n")

    def exact(self, sequence: str) -> None:
        """Writes an escape sequence for the terminal unchanged."""
        self._write(sequence)

    def _folded(self, text: str) -> list[str]:
        lines = (fold(line, max(10, self._columns())) for line in text.split("\n"))
        return [line for folded in lines for line in folded]

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._color and text else text

    def _write(self, text: str) -> None:
        write_whole(self._stream, text, tty=True)
