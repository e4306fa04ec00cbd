"""Pieces of Markdown laid out as rows: what each looks like, and what stands between them.

Between blocks at the top and in quotes stands one blank row, in lists only where the writer left a
blank line: a rule that never asks what comes later.
"""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.render.markdown.code_blocks import language
from llmchat.render.markdown.inline import Inline, Span
from llmchat.render.markdown.pieces import (
    Close,
    ContainerName,
    Open,
    Piece,
    Prose,
    Rule,
    TableEnd,
    TableRow,
    TableStart,
    VerbatimEnd,
    VerbatimLine,
    VerbatimStart,
)
from llmchat.render.terminal.highlight import Highlighter, highlighter
from llmchat.render.terminal.sgr import Look
from llmchat.render.terminal.tables import Table
from llmchat.render.terminal.wrap import Row, Verbatim, Words, trimmed
from llmchat.render.width import width

LONGEST_RULE = 40
LEAST_TEXT = 10  # cells; deeper nesting is no longer indented
LONGEST_LANGUAGE = 30
TASKS = {"[ ] ": "undone", "[x] ": "done", "[X] ": "done"}


@dataclass(slots=True)
class Frame:
    """A container around what is being laid out."""

    kind: ContainerName | None
    marker: str = ""  # stands before the first row of an item
    indent: int = 0
    filled: bool = False

    def copy(self) -> Frame:
        return Frame(self.kind, self.marker, self.indent, self.filled)


class Page:
    """Takes pieces, gives rows; may be copied between pieces."""

    def __init__(self, look: Look, width: int, inline: Inline | None = None) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._look = look
        self._inline = inline or Inline(look)
        self._frames = [Frame(None)]
        self._codes = 0
        self._words: Words | None = None
        self._base: tuple[str, ...] = ()
        self._fill: Verbatim | None = None
        self._code: Highlighter | None = None
        self._at_line_start = True
        self._table: Table | None = None
        self._full = False  # the last row reaches the margin, so the terminal can go on by itself

    def copy(self) -> Page:
        twin = Page(self._look, self.width, self._inline)
        twin._frames = [frame.copy() for frame in self._frames]
        twin._codes, twin._base = self._codes, self._base
        twin._words = self._words and self._words.copy()
        twin._fill = self._fill and self._fill.copy()
        twin._code = self._code and self._code.copy()
        twin._table = self._table and self._table.copy()
        twin._at_line_start, twin._full = self._at_line_start, self._full
        return twin

    def take(self) -> list[Row]:
        rows, self.rows = self.rows, []
        return rows

    def add(self, piece: Piece) -> None:
        match piece:
            case Prose():
                self._prose(piece)
            case VerbatimLine(text, ends):
                self._verbatim_line(text, ends=ends)
            case VerbatimStart(kind, info, apart):
                self._start_verbatim(kind, info, apart=apart)
            case VerbatimEnd():
                self._end_verbatim()
            case TableStart(cells, aligns, apart):
                self._separate(apart=apart)
                self._table = Table(cells, aligns, self._inline)
            case TableRow(cells):
                self._table_row(cells)
            case TableEnd():
                self._end_table()
            case _:
                self._structure(piece)

    def _structure(self, piece: Piece) -> None:
        match piece:
            case Open(kind, marker, apart):
                self._separate(apart=apart)
                self._frames.append(self._frame(kind, marker))
            case Close():
                if not self._frames[-1].filled and self._frames[-1].kind != "list":
                    self._emit(Row(()))
                self._frames.pop()
            case Rule(apart):
                self._separate(apart=apart)
                line = self._look.signs.rule * min(self._available(), LONGEST_RULE)
                self._emit(Row((Span(self._look.style("dim"), line),)))

    def _frame(self, kind: ContainerName, marker: str) -> Frame:
        if kind != "item":
            return Frame(kind)
        text = (self._look.signs.bullet if marker in "-*+" else marker) + " "
        return Frame(kind, text, width(text))

    def _separate(self, *, apart: bool) -> None:
        """A block begins: a blank row before it, if one belongs there."""
        parent = self._frames[-1]
        always = parent.kind in (None, "quote")
        if parent.filled and (always or apart):
            self._emit(Row(()))
        parent.filled = True

    def _prefix(self) -> list[Span]:
        """What stands before a row, without the outer part where there is no room for it."""
        parts: list[Span] = []
        room = max(self.width - LEAST_TEXT, self.width // 2)
        for frame in reversed(self._frames):
            part = self._part(frame)
            room -= len(part.text)
            if room < 0:
                break
            parts.append(part)
        return parts[::-1]

    def _part(self, frame: Frame) -> Span:
        if frame.kind == "quote":
            return Span(self._look.style("dim"), self._look.signs.quote)
        return Span("", frame.marker or " " * frame.indent)

    def _available(self) -> int:
        if len(self._frames) == 1:
            return self.width
        return max(1, self.width - sum([len(span.text) for span in self._prefix()]))

    def _emit(self, row: Row) -> None:
        prefix = [] if len(self._frames) == 1 else [part for part in self._prefix() if part.text]
        spans = (*prefix, *row.spans)
        soft = row.soft and not prefix and self._full
        row = Row(spans if row.spans else trimmed(spans), soft)
        self._full = row.is_steady and width(row.text) == self.width
        self.rows.append(row)
        for frame in self._frames:
            frame.marker = ""

    def _emit_all(self, rows: list[Row]) -> None:
        for row in rows:
            self._emit(row)

    def _prose(self, piece: Prose) -> None:
        text, words = piece.text, self._words
        if piece.first or words is None:
            text = self._begin_prose(piece)
            words = self._words = Words(self._available())
            if not self._look.attributes and piece.level:
                words.add(Span("", "#" * piece.level + " "))
        elif piece.glue == "\n":
            words.end_line()
        words.width = self._available()
        if piece.glue == " ":
            words.add(Span("", " "))
        for span in self._inline.spans(text, *self._base):
            words.add(span)
        if piece.last:
            words.finish()
            self._words = None
        rows, words.rows = words.rows, []
        self._emit_all(rows or ([Row(())] if piece.level else []))

    def _begin_prose(self, piece: Prose) -> str:
        """The text, its task box drawn."""
        parent = self._frames[-1]
        box = TASKS.get(piece.text[:4]) if parent.kind == "item" and not parent.filled else None
        self._separate(apart=piece.apart)
        self._base = ()
        if piece.level:
            self._base = ("heading1" if piece.level == 1 else "heading",)
        if box is None or piece.level:
            return piece.text
        parent.marker = parent.marker.rstrip(" ") + " "
        return str(getattr(self._look.signs, box)) + piece.text[4:]

    def _start_verbatim(self, kind: str, info: str, *, apart: bool) -> None:
        self._separate(apart=apart)
        self._fill = Verbatim(self._available())
        self._base = ("dim",) if kind == "html" else ()
        self._at_line_start = True
        self._code = None
        if kind == "code":
            self._codes += 1
            name = self._look.show(language(info)[:LONGEST_LANGUAGE])
            label = Span(self._look.style("dim"), f"[{self._codes}] {name}".rstrip())
            self._emit(Row((label,)))
            self._code = highlighter(language(info), self._look)

    def _verbatim_line(self, text: str, *, ends: bool) -> None:
        fill = self._fill
        if fill is None:
            return
        fill.width = self._available()
        if self._code is not None and self._at_line_start and ends:
            spans = self._code.line(text)
        else:
            spans = [Span(self._look.style(*self._base), self._look.show(text))]
        for span in spans:
            fill.add(span)
        if ends:
            fill.end_line()
        self._at_line_start = ends
        rows, fill.rows = fill.rows, []
        self._emit_all(rows)

    def _end_verbatim(self) -> None:
        if self._fill is not None:
            self._fill.finish()
            self._emit_all(self._fill.rows)
        self._fill = self._code = None

    def _table_row(self, cells: tuple[str, ...]) -> None:
        if self._table is not None:
            self._table.add(cells)
            self._emit_all(self._table.take(self._available()))

    def _end_table(self) -> None:
        if self._table is not None:
            self._emit_all(self._table.take(self._available(), whole=True))
        self._table = None
