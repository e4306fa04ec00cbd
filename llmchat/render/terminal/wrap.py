"""Wraps segments into rows: between words, between Chinese and Japanese characters, or anywhere.

Rich's own wrapping takes a Chinese sentence for one word, and starts from the beginning with every
call; this one continues where it stopped.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from rich.segment import Segment
from rich.style import Style

from llmchat.render.fold import UNSTEADY, may_break
from llmchat.render.width import NARROW, head_fitting, width

TAB = 4


class Row(NamedTuple):
    """A row of the screen; a `soft` one continues the row before, which is full."""

    segments: tuple[Segment, ...] = ()
    soft: bool = False

    @property
    def text(self) -> str:
        return "".join([text for text, _, _ in self.segments])

    @property
    def is_steady(self) -> bool:
        """Whether every terminal gives it the same width."""
        return UNSTEADY.isdisjoint(self.text)

    def fills(self, columns: int) -> bool:
        """Whether it reaches the margin, so that the terminal wraps to the next row itself."""
        return self.is_steady and width(self.text) == columns


class Folder:
    """Fills rows of `width` cells; may be copied in the middle of a row."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._rows: list[Row] = []
        self._row: list[Segment] = []
        self._column = 0
        self._soft = False  # whether the row continues the one before

    def copy(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._rows, twin._row = [], [*self._row]
        return twin

    def take(self) -> list[Row]:
        """Returns the full rows."""
        rows, self._rows = self._rows, []
        return rows

    def finish(self) -> None:
        if self._row:
            self._end_row(soft=False)

    def _place(self, segment: Segment) -> None:
        """Places a segment, breaking it wherever a row is full."""
        text, style, _ = segment
        while self._column + (cells := width(text)) > self.width:
            fits = head_fitting(text, self.width - self._column) or int(not self._row)
            if fits:
                self._row.append(Segment(text[:fits], style))
            self._end_row(soft=True)
            text = text[fits:]
        if text:
            self._row.append(Segment(text, style))
            self._column += cells

    def _end_row(self, *, soft: bool) -> None:
        self._rows.append(Row(simplified(self._row), self._soft))
        self._row, self._column, self._soft = [], 0, soft


class Words(Folder):
    """Wraps prose between words."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self._gap: list[Segment] = []
        self._word: list[Segment] = []
        self._word_width = 0
        self._last = ""
        self._torn = False  # whether it is inside a word longer than a row

    def copy(self) -> Self:
        twin = super().copy()
        twin._gap, twin._word = [*self._gap], [*self._word]
        return twin

    def add(self, segment: Segment) -> None:
        text, style, _ = segment
        for index, line in enumerate(text.split("\n")):
            if index:
                self.end_line()
            self._add_words(line.replace("\t", " "), style)

    def end_line(self) -> None:
        self._place_word()
        self._end_row(soft=False)

    def finish(self) -> None:
        self._place_word()
        super().finish()

    def _add_words(self, text: str, style: Style | None) -> None:
        if " " in text and "  " not in text and _is_simple(text):
            text = self._add_rows(text, style)
        for index, word in enumerate(text.split(" ")):
            if index:
                self._end_word(style)
            if not word:
                continue
            if max(word) < NARROW:
                self._grow(word, style)
            else:
                self._add_wide(word, style)

    def _add_rows(self, text: str, style: Style | None) -> str:
        """Places as many words at once as fit into each row; returns the rest of the text."""
        word, _, text = text.partition(" ")
        self._grow(word, style)
        self._end_word(style)
        while True:
            room = self.width - self._column - len(self._gap) if self._row else self.width
            end = text.rfind(" ", 0, max(0, room) + 1)
            if end <= 0 and self._row and len(text) > room:
                self._end_row(soft=False)
                continue
            if end <= 0:
                return text
            self._word, self._word_width = [Segment(text[:end], style)], end
            self._end_word(style)
            text = text[end + 1 :]

    def _end_word(self, style: Style | None) -> None:
        self._place_word()
        self._gap.append(Segment(" ", style))

    def _add_wide(self, word: str, style: Style | None) -> None:
        """Places a word with characters between which a row may end."""
        start, before = 0, self._last
        for index, char in enumerate(word):
            if may_break(before, char):
                self._grow(word[start:index], style)
                self._place_word()
                start = index
            before = char
        self._grow(word[start:], style)

    def _grow(self, text: str, style: Style | None) -> None:
        if text:
            if may_break(self._last, text[0]):
                self._place_word()
            self._last = text[-1]
            if self._torn:
                self._place(Segment(text, style))
                return
            self._word.append(Segment(text, style))
            self._word_width += width(text)
            if self._word_width > self.width:
                self._place_word()
                self._torn, self._last = True, text[-1]

    def _place_word(self) -> None:
        if self._word:
            if self._column + len(self._gap) + self._word_width > self.width and self._row:
                self._end_row(soft=False)
            elif self._row:
                self._row += self._gap
                self._column += len(self._gap)
            for segment in self._word:
                self._place(segment)
            self._word, self._word_width, self._gap = [], 0, []
        self._last, self._torn = "", False

    def _end_row(self, *, soft: bool) -> None:
        super()._end_row(soft=soft)
        self._gap = []


class Verbatim(Folder):
    """Fills rows character by character, for code, which must be copied as it was written."""

    def add(self, segment: Segment) -> None:
        text, style, _ = segment
        self._place(Segment(self._expanded(text), style) if "\t" in text else segment)

    def end_line(self) -> None:
        self._end_row(soft=False)

    def _expanded(self, text: str) -> str:
        out, column = [], self._column
        for part in text.split("\t"):
            column += width(part)
            blanks = TAB - column % TAB
            column += blanks
            out.append(part + " " * blanks)
        return "".join(out)[: -blanks or None]

    def _end_row(self, *, soft: bool) -> None:
        segments = simplified(self._row) if soft else trimmed(simplified(self._row))
        if segments or not self._soft:  # blanks beyond the margin get no row of their own
            self._rows.append(Row(segments, self._soft))
        self._row, self._column, self._soft = [], 0, soft


def _is_simple(text: str) -> bool:
    """Whether every character takes one cell, and only a blank ends a word."""
    return text.isascii() or (max(text) < NARROW and width(text) == len(text))


def simplified(segments: list[Segment]) -> tuple[Segment, ...]:
    """Joins adjacent segments with the same style."""
    out = segments[:1]
    for segment in segments[1:]:
        text, style, _ = out[-1]
        if segment.style is style:  # Segment.simplify compares them in Python
            out[-1] = Segment(text + segment.text, style)
        else:
            out.append(segment)
    return tuple(out)


def trimmed(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """The segments without blanks at the end."""
    while segments and not segments[-1].text.rstrip():
        segments = segments[:-1]
    if not segments or not segments[-1].text.endswith((" ", "\t")):
        return segments
    text, style, _ = segments[-1]
    return (*segments[:-1], Segment(text.rstrip(" \t"), style))
