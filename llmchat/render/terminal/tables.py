"""Lays out a growing table: rows are returned once the column widths are certain.

The widths are those that the head and the first SAMPLE rows need; later rows are wrapped to them.
So a table of any length is drawn row by row, and looks the same however it arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.segment import Segment

from llmchat.render.markdown.inline import Inline
from llmchat.render.markdown.pieces import Align
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.wrap import Row, Words, simplified, trimmed
from llmchat.render.width import NARROW, width

SAMPLE = 16
NARROWEST = 4  # cells of a column; with less, cells are written below each other,
WORD = 12  # also if a word of the head, up to this many cells, would be broken

Cell = list[Segment]


@dataclass(slots=True, eq=False)
class SampleRow:
    """A row of the table with its last drawing, because the sample is drawn in every frame."""

    cells: list[Cell]
    widths: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


class GrowingTable:
    """The layout; may be copied at any row."""

    def __init__(
        self, cells: tuple[str, ...], aligns: tuple[Align, ...], *, inline: Inline, look: Look
    ) -> None:
        self._inline, self._look = inline, look
        self._aligns = aligns
        self._head = self._segments(cells, "markdown.table.header")
        self._naturals = [_natural(cell) for cell in self._head]
        self._least = sum([_longest_word(cell) for cell in self._head])
        self._top = SampleRow(self._head)
        self._rows: list[SampleRow] = []  # the sample, while it is incomplete
        self._taken = 0
        self._begun = False  # whether the head was returned

    def copy(self) -> GrowingTable:
        twin = object.__new__(GrowingTable)
        twin.__dict__.update(self.__dict__)
        twin._naturals, twin._rows = [*self._naturals], [*self._rows]
        return twin

    def add(self, cells: tuple[str, ...]) -> None:
        row = self._segments(cells)
        if self._taken < SAMPLE:
            self._naturals = [max(n, _natural(c)) for n, c in zip(self._naturals, row, strict=True)]
        self._rows.append(SampleRow(row))
        self._taken += 1

    def take(self, available: int, *, whole: bool = False) -> list[Row]:
        """The rows that are certain; all of them if the table is `whole`."""
        if not whole and self._taken < SAMPLE:
            return []
        draw = self._draw_stacked if self._is_narrow(available) else self._draw
        out = draw(available)
        self._rows, self._begun = [], True
        return out

    def _is_narrow(self, available: int) -> bool:
        bars = (len(self._head) - 1) * width(self._look.signs.column)
        return available < bars + self._least

    def _segments(self, cells: tuple[str, ...], *base: str) -> list[Cell]:
        return [self._look.segments(self._inline.spans(cell, *base)) for cell in cells]

    def _draw(self, available: int) -> list[Row]:
        signs = self._look.signs
        widths = shares(self._naturals, available - (len(self._head) - 1) * width(signs.column))
        out: list[Row] = []
        if not self._begun:
            out += self._remembered(self._top, widths)
            line = signs.crossing.join([signs.rule * cells for cells in widths])
            out.append(Row((self._look.segment(line, "markdown.table.border"),)))
        for row in self._rows:
            out += self._remembered(row, widths)
        return out

    def _remembered(self, row: SampleRow, widths: list[int]) -> list[Row]:
        if row.widths != widths:
            row.widths, row.rows = widths, self._row(row.cells, widths)
        return row.rows

    def _row(self, cells: list[Cell], widths: list[int]) -> list[Row]:
        folded = [_folded(cell, own) for cell, own in zip(cells, widths, strict=True)]
        height = max(len(lines) for lines in folded)
        return [self._line(folded, widths, index) for index in range(height)]

    def _line(self, folded: list[list[Row]], widths: list[int], index: int) -> Row:
        segments: list[Segment] = []
        bar = self._look.segment(self._look.signs.column, "markdown.table.border")
        for lines, own, align in zip(folded, widths, self._aligns, strict=True):
            line = lines[index] if index < len(lines) else Row()
            before, after = _padding(own - width(line.text), align)
            segments += [bar] if segments else []
            segments += [Segment(" " * before), *line.segments, Segment(" " * after)]
        return Row(trimmed(simplified([segment for segment in segments if segment.text])))

    def _draw_stacked(self, available: int) -> list[Row]:
        """Draws `head: cell`, each on its own line, with blank rows between the table's rows."""
        out: list[Row] = []
        for row in self._rows:
            if self._begun or out:
                out.append(Row())
            for head, cell in zip(self._head, row.cells, strict=True):
                out += _folded([*head, Segment(": "), *cell], available)
        if not self._begun and not self._rows:
            for head in self._head:
                out += _folded(head, available)
        return out


def shares(naturals: list[int], total: int, *, least: int = 1) -> list[int]:
    """The width of each column, out of `total` cells: what it needs, or a fair share."""
    widths = [least] * len(naturals)
    left = total
    order = sorted(range(len(naturals)), key=naturals.__getitem__)
    for position, column in enumerate(order):
        fair = left // (len(naturals) - position)
        widths[column] = max(least, min(naturals[column], fair))
        left -= widths[column]
    return widths


def _natural(cell: Cell) -> int:
    lines = "".join([segment.text for segment in cell]).split("\n")
    return max(1, *[width(line) for line in lines])


def _longest_word(cell: Cell) -> int:
    words = [word for part in cell for word in part.text.split() if max(word) < NARROW]
    return min(WORD, max([NARROWEST, *[width(word) for word in words]]))


def _folded(cell: Cell, cells: int) -> list[Row]:
    words = Words(cells)
    for segment in cell:
        words.add(segment)
    words.finish()
    return words.take()


def _padding(blanks: int, align: Align) -> tuple[int, int]:
    if align == "right":
        return blanks, 0
    if align == "center":
        return blanks // 2, blanks - blanks // 2
    return 0, blanks
