"""Lays out pieces of Markdown as rows, with the spacing between them.

Between top-level blocks and in quotes there is one blank row, in lists only where the writer left a
blank line: so the spacing never depends on what comes later.

Why: docs/decisions/0026-open-rows-end-on-the-screen.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment

from llmchat.render.markdown.code_blocks import language
from llmchat.render.markdown.inline import Inline
from llmchat.render.markdown.pieces import (
    CODE,
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
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.tables import GrowingTable
from llmchat.render.terminal.theme import HEADINGS
from llmchat.render.terminal.wrap import Row, Verbatim, Words, trimmed
from llmchat.render.width import width

LONGEST_RULE = 40
LEAST_TEXT = 10  # cells; deeper levels are not indented further
LONGEST_LANGUAGE = 30
TASKS = {"[ ] ": "undone", "[x] ": "done", "[X] ": "done"}


if TYPE_CHECKING:
    from llmchat.render.markdown.highlight import Highlighter


@dataclass(slots=True)
class Frame:
    """A container around what is being laid out."""

    kind: ContainerName | None
    marker: str = ""  # put before the first row of an item
    indent: int = 0
    filled: bool = False

    def copy(self) -> Frame:
        return Frame(self.kind, self.marker, self.indent, self.filled)


class Page:
    """Takes pieces and returns rows; may be copied between pieces."""

    def __init__(self, look: Look, width: int) -> None:
        self.width = width
        self.rows: list[Row] = []
        self._look = look
        self._inline = Inline(marks=not look.attributes)
        self._frames = [Frame(None)]
        self._codes = 0
        self._words: Words | None = None
        self._base: tuple[str, ...] = ()
        self._fill: Verbatim | None = None
        self._code: Highlighter | None = None
        self._at_line_start = True
        self._table: GrowingTable | None = None
        self._last = Row()

    def copy(self) -> Page:
        twin = object.__new__(Page)
        twin.__dict__.update(self.__dict__)
        twin.rows = []
        twin._frames = [frame.copy() for frame in self._frames]
        twin._words = self._words and self._words.copy()
        twin._fill = self._fill and self._fill.copy()
        twin._code = self._code and self._code.copy()
        twin._table = self._table and self._table.copy()
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
                self._table = GrowingTable(cells, aligns, inline=self._inline, look=self._look)
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
                    self._emit(Row())
                self._frames.pop()
            case Rule(apart):
                self._separate(apart=apart)
                line = self._look.signs.rule * min(self._available(), LONGEST_RULE)
                self._emit(Row((self._look.segment(line, "markdown.hr"),)))

    def _frame(self, kind: ContainerName, marker: str) -> Frame:
        if kind != "item":
            return Frame(kind)
        text = (self._look.signs.bullet if marker in "-*+" else marker) + " "
        return Frame(kind, text, width(text))

    def _separate(self, *, apart: bool) -> None:
        """Adds a blank row before a block, if needed."""
        parent = self._frames[-1]
        always = parent.kind in (None, "quote")
        if parent.filled and (always or apart):
            self._emit(Row())
        parent.filled = True

    def _prefix(self) -> list[Segment]:
        """What is put before a row; without the outer part if there is no room for it."""
        parts: list[Segment] = []
        room = max(self.width - LEAST_TEXT, self.width // 2)
        for frame in reversed(self._frames):
            part = self._part(frame)
            room -= len(part.text)
            if room < 0:
                break
            parts.append(part)
        return parts[::-1]

    def _part(self, frame: Frame) -> Segment:
        if frame.kind == "quote":
            return self._look.segment(self._look.signs.quote, "markdown.block_quote")
        if not frame.marker:
            return Segment(" " * frame.indent)
        kind = "number" if frame.marker[0].isdigit() else "bullet"
        return self._look.segment(frame.marker, f"markdown.item.{kind}")

    def _available(self) -> int:
        if len(self._frames) == 1:
            return self.width
        return max(1, self.width - sum([len(part.text) for part in self._prefix()]))

    def _emit(self, row: Row) -> None:
        prefix = [] if len(self._frames) == 1 else [part for part in self._prefix() if part.text]
        segments = (*prefix, *row.segments)
        soft = row.soft and not prefix and self._last.fills(self.width)
        self._last = row = Row(segments if row.segments else trimmed(segments), soft)
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
                words.add(Segment("#" * piece.level + " "))
        elif piece.glue == "\n":
            words.end_line()
        words.width = self._available()
        if piece.glue == " ":
            words.add(Segment(" "))
        for segment in self._look.segments(self._inline.spans(text, *self._base)):
            words.add(segment)
        if piece.last:
            words.finish()
            self._words = None
        self._emit_all(words.take() or ([Row()] if piece.level else []))

    def _begin_prose(self, piece: Prose) -> str:
        """The text of a paragraph, with its task box drawn."""
        parent = self._frames[-1]
        box = TASKS.get(piece.text[:4]) if parent.kind == "item" and not parent.filled else None
        self._separate(apart=piece.apart)
        self._base = (HEADINGS[piece.level - 1],) if piece.level else ()
        if box is None or piece.level:
            return piece.text
        parent.marker = parent.marker.rstrip(" ") + " "
        return str(getattr(self._look.signs, box)) + piece.text[4:]

    def _start_verbatim(self, kind: str, info: str, *, apart: bool) -> None:
        self._separate(apart=apart)
        self._fill = Verbatim(self._available())
        self._base = ("markdown.html",) if kind == "html" else (CODE,)
        self._at_line_start = True
        self._code = None
        if kind == "code":
            self._codes += 1
            name = self._look.show(language(info)[:LONGEST_LANGUAGE])
            label = f"[{self._codes}] {name}".rstrip()
            self._emit(Row((self._look.segment(label, "markdown.code_label"),)))
            if name and self._look.attributes:
                from llmchat.render.markdown.highlight import highlighter  # Pygments: 20 ms

                self._code = highlighter(language(info))

    def _verbatim_line(self, text: str, *, ends: bool) -> None:
        fill = self._fill
        if fill is None:
            return
        fill.width = self._available()
        if self._code is not None and self._at_line_start and ends:
            segments = self._look.segments(self._code.line(text))
        else:
            segments = [self._look.segment(self._look.show(text), *self._base)]
        for segment in segments:
            fill.add(segment)
        if ends:
            fill.end_line()
        self._at_line_start = ends
        self._emit_all(fill.take())

    def _end_verbatim(self) -> None:
        if self._fill is not None:
            self._fill.finish()
            self._emit_all(self._fill.take())
        self._fill = self._code = None

    def _table_row(self, cells: tuple[str, ...]) -> None:
        if self._table is not None:
            self._table.add(cells)
            self._emit_all(self._table.take(self._available()))

    def _end_table(self) -> None:
        if self._table is not None:
            self._emit_all(self._table.take(self._available(), whole=True))
        self._table = None
