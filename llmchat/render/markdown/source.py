"""A cursor over one line of Markdown that counts columns, for tabs."""

from __future__ import annotations

TAB = 4


class SourceLine:
    """One line; what is before `at` is consumed, and a partly consumed tab becomes spaces."""

    __slots__ = ("_column", "at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._column = 0

    def rest(self) -> str:
        return self.text[self.at :]

    def blank(self) -> bool:
        return not self.rest().strip(" \t")

    def indent(self) -> int:
        """The columns of white space at this place."""
        column = self._column
        for char in self.text[self.at :]:
            if char == " ":
                column += 1
            elif char == "\t":
                column += TAB - column % TAB
            else:
                break
        return column - self._column

    def peek(self) -> str:
        """The first character that is not white space."""
        return self.rest().lstrip(" \t")[:1]

    def consume(self, columns: int) -> None:
        """Consumes white space of at most that many columns."""
        while columns > 0 and self.at < len(self.text):
            char = self.text[self.at]
            width = TAB - self._column % TAB if char == "\t" else 1
            if char not in " \t":
                return
            if width > columns:
                self.text = self.text[: self.at] + " " * width + self.text[self.at + 1 :]
                width = 1
            self.at += 1
            self._column += width
            columns -= width

    def padding(self, *, empty: bool) -> int:
        """Consumes the blanks between an item's marker and its content; returns their number."""
        blanks = self.indent()
        blanks = 1 if empty or blanks > TAB else blanks
        self.consume(blanks)
        return blanks

    def skip(self, characters: int) -> None:
        """Consumes characters other than white space."""
        self.at += characters
        self._column += characters

    def quote_mark(self) -> bool:
        """Consumes `>` and the blank after it; returns whether it was there."""
        indent = self.indent()
        if indent >= TAB or self.peek() != ">":
            return False
        self.consume(indent)
        self.skip(1)
        self.consume(1)
        return True
