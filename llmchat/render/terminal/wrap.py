"""Spans folded into rows: by words, between the characters of Chinese and Japanese, or anywhere."""

from __future__ import annotations

from typing import NamedTuple

from llmchat.render.markdown.inline import Span
from llmchat.render.width import NARROW, SELECTOR, char_width, head_fitting, width

NO_START = frozenset("。，、．：；？！）」』】〕〉》”’…—ー々ゝ・,.:;?!)]}%")
NO_END = frozenset("（「『【〔〈《“‘([{")
JOINER = "\u200d"
MODIFIERS = frozenset(map(chr, [*range(0x1F3FB, 0x1F400), *range(0x1F1E6, 0x1F200)]))
UNSTEADY = MODIFIERS | {SELECTOR, JOINER}  # terminals disagree about the width of these
TAB = 4


class Row(NamedTuple):
    """A row of the screen; `soft`: it goes on from the row before, which is full."""

    spans: tuple[Span, ...]
    soft: bool = False

    @property
    def text(self) -> str:
        return "".join([span.text for span in self.spans])

    @property
    def is_steady(self) -> bool:
        """Every terminal gives it the same width."""
        return UNSTEADY.isdisjoint(self.text)


class Words:
    """Wraps prose; may be copied in the middle of a row."""

    __slots__ = (
        "_column",
        "_gap",
        "_last",
        "_row",
        "_soft",
        "_torn",
        "_word",
        "_word_width",
        "rows",
        "width",
    )

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._row: list[Span] = []
        self._column = 0
        self._soft = False
        self._gap: list[Span] = []
        self._word: list[Span] = []
        self._word_width = 0
        self._last = ""
        self._torn = False  # in a word longer than a row, whose beginning is placed

    def copy(self) -> Words:
        twin = Words(self.width)
        twin._row, twin._gap, twin._word = [*self._row], [*self._gap], [*self._word]
        twin._column, twin._word_width = self._column, self._word_width
        twin._last, twin._soft, twin._torn = self._last, self._soft, self._torn
        return twin

    def add(self, span: Span) -> None:
        for index, line in enumerate(span.text.split("\n")):
            if index:
                self.end_line()
            self._add_words(span.sgr, line.replace("\t", " "))

    def end_line(self) -> None:
        self._place_word()
        self._end_row(soft=False)

    def finish(self) -> None:
        self._place_word()
        if self._row:
            self._end_row(soft=False)

    def _add_words(self, sgr: str, text: str) -> None:
        if " " in text and "  " not in text and _is_simple(text):
            text = self._add_rows(sgr, text)
        for index, word in enumerate(text.split(" ")):
            if index:
                self._end_word(sgr)
            if not word:
                continue
            if max(word) < NARROW:
                self._grow(sgr, word)
            else:
                self._add_wide(sgr, word)

    def _add_rows(self, sgr: str, text: str) -> str:
        """Places as many words at once as fit into each row, and gives the rest of the text."""
        word, _, text = text.partition(" ")
        self._grow(sgr, word)
        self._end_word(sgr)
        while True:
            room = self.width - self._column - len(self._gap) if self._row else self.width
            end = text.rfind(" ", 0, max(0, room) + 1)
            if end <= 0 and self._row and len(text) > room:
                self._end_row(soft=False)
                continue
            if end <= 0:
                return text
            self._word, self._word_width = [Span(sgr, text[:end])], end
            self._end_word(sgr)
            text = text[end + 1 :]

    def _end_word(self, sgr: str) -> None:
        self._place_word()
        self._gap.append(Span(sgr, " "))

    def _add_wide(self, sgr: str, word: str) -> None:
        """A word with characters between which a row may end."""
        start, before = 0, self._last
        for index, char in enumerate(word):
            if _may_break(before, char):
                self._grow(sgr, word[start:index])
                self._place_word()
                start = index
            before = char
        self._grow(sgr, word[start:])

    def _grow(self, sgr: str, text: str) -> None:
        if text:
            if _may_break(self._last, text[0]):
                self._place_word()
            self._last = text[-1]
            if self._torn:
                self._place(Span(sgr, text))
                return
            self._word.append(Span(sgr, text))
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
            for span in self._word:
                self._place(span)
            self._word, self._word_width, self._gap = [], 0, []
        self._last, self._torn = "", False

    def _place(self, span: Span) -> None:
        text = span.text
        while self._column + width(text) > self.width:
            fits = head_fitting(text, self.width - self._column) or int(not self._row)
            if fits:
                self._row.append(Span(span.sgr, text[:fits]))
            self._end_row(soft=True)
            text = text[fits:]
        if text:
            self._row.append(Span(span.sgr, text))
            self._column += width(text)

    def _end_row(self, *, soft: bool) -> None:
        self.rows.append(Row(merged(self._row), self._soft))
        self._row, self._column, self._gap, self._soft = [], 0, [], soft


class Verbatim:
    """Fills rows character by character: code, which must be copied as it was written."""

    __slots__ = ("_column", "_row", "_soft", "rows", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._row: list[Span] = []
        self._column = 0
        self._soft = False

    def copy(self) -> Verbatim:
        twin = Verbatim(self.width)
        twin._row, twin._column, twin._soft = [*self._row], self._column, self._soft
        return twin

    def add(self, span: Span) -> None:
        text = self._expanded(span.text) if "\t" in span.text else span.text
        while self._column + width(text) > self.width:
            fits = head_fitting(text, self.width - self._column) or int(not self._row)
            self._row.append(Span(span.sgr, text[:fits]))
            self._end_row(soft=True)
            text = text[fits:]
        if text:
            self._row.append(Span(span.sgr, text))
            self._column += width(text)

    def end_line(self) -> None:
        self._end_row(soft=False)

    def finish(self) -> None:
        if self._row:
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
        spans = merged(self._row) if soft else trimmed(merged(self._row))
        if spans or not self._soft:  # blanks beyond the margin make no row of their own
            self.rows.append(Row(spans, self._soft))
        self._row, self._column, self._soft = [], 0, soft


def _is_simple(text: str) -> bool:
    """Every character takes one cell, and only a blank ends a word."""
    return text.isascii() or (max(text) < NARROW and width(text) == len(text))


def _may_break(before: str, char: str) -> bool:
    """A row may end between these two although there is no blank."""
    if not before or char in NO_START or before in NO_END or before == JOINER:
        return False
    if char in MODIFIERS or char_width(char) == 0:
        return False
    return char_width(char) == 2 or char_width(before) == 2


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Neighbours of one style made one."""
    out: list[Span] = []
    for span in spans:
        if out and out[-1].sgr == span.sgr:
            out[-1] = Span(span.sgr, out[-1].text + span.text)
        else:
            out.append(span)
    return tuple(out)


def trimmed(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Without blanks at the end."""
    while spans and not spans[-1].text.rstrip():
        spans = spans[:-1]
    if not spans or not spans[-1].text.endswith((" ", "\t")):
        return spans
    return (*spans[:-1], Span(spans[-1].sgr, spans[-1].text.rstrip(" \t")))
