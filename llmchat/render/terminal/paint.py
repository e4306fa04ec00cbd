"""Rows brought to the screen by difference: what stands there already is not touched.

A region at the end of the output is repainted: a row is erased before it is written, text that only
grew is appended, settled rows leave the region and scroll away with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.render.clean import guarded
from llmchat.render.markdown.inline import Span
from llmchat.render.terminal.wrap import UNSTEADY, Row
from llmchat.render.width import CELLS, width

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
UNKNOWN = Row((Span("?", "?"),))


class Painter:
    """Knows what stands in the region, and writes nothing itself."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._shown: list[Row] = []
        self._anchored = False  # the first row shown is settled and only stands for its place
        self._at = 0  # the row of the cursor
        self._column: int | None = 0  # None where it is not certain
        self._out: list[str] = []

    @property
    def is_open(self) -> bool:
        """Something stands in the region which may change."""
        return len(self._shown) > self._anchored

    def fits(self, columns: int, rows: int) -> bool:
        """The screen still has the width the region was painted for, and the height it needs."""
        return columns == self._columns and len(self._shown) <= max(2, rows)

    def frame(self, settled: list[Row], live: list[Row]) -> str:
        """What to write so that the region shows these rows, of which `settled` leave it."""
        anchor = self._shown[: self._anchored]
        rows = [*anchor, *settled, *live]
        for index in range(len(rows)):
            self._paint(index, rows)
        self._drop_after(rows)
        if rows and self._at != len(rows) - 1:
            self._go(len(rows) - 1, width(rows[-1].text))
        kept = len(anchor) + len(settled) - 1
        self._anchored = kept >= 0
        self._shown = rows[max(0, kept) :]
        self._at -= max(0, kept)
        return self._take()

    def leave(self) -> str:
        """The cursor on a line of its own below what is settled, the open rows erased."""
        if self.is_open:
            self._go(int(self._anchored), 0)
            self._out.append("\x1b[J")
        elif self._anchored:
            self._out.append("\r\n")
        return self._forget()

    def resize(self, columns: int, rows: int) -> str:
        """Terminals have folded the open rows anew by now; those on the screen are erased."""
        if self.is_open:
            height = min(rows, self._folded_height(self._shown[self._anchored :], columns))
            self._out.append(_up(height - 1) + "\r\x1b[J")
        elif self._anchored:
            self._out.append("\r\n")
        self._columns = columns
        return self._forget()

    def doubt(self) -> None:
        """Somebody else wrote where the cursor stands: a terminal echoes Ctrl-C."""
        if self._shown:
            self._shown[-1] = UNKNOWN
        self._column = None

    def _forget(self) -> str:
        self._shown, self._anchored = [], False
        self._at, self._column = 0, 0
        return self._take()

    def _take(self) -> str:
        out, self._out = "".join(self._out), []
        return out

    def _folded_height(self, rows: list[Row], columns: int) -> int:
        lengths: list[int] = []
        for row in rows:
            if row.soft and lengths:
                lengths[-1] += width(row.text)
            else:
                lengths.append(width(row.text))
        return sum([max(1, -(-length // columns)) for length in lengths])

    def _paint(self, index: int, rows: Sequence[Row]) -> None:
        row, old = rows[index], self._shown
        if index < len(old) and old[index] == row:
            return
        if row.soft and index and not self._goes_on_already(index, rows):
            self._continue(index, rows)
        elif index < len(old):
            self._repaint(index, row)
        else:
            self._go(index, 0)
            self._write(row.spans)
        self._column = width(row.text)

    def _goes_on_already(self, index: int, rows: Sequence[Row]) -> bool:
        """The terminal knows that the row goes on from the one before, or cannot know it."""
        old, before = self._shown, rows[index - 1]
        if index < len(old) and old[index].soft and old[index - 1] == before:
            return True
        return not (before.is_steady and width(before.text) == self._columns)

    def _repaint(self, index: int, row: Row) -> None:
        old = self._shown[index]
        cells, rest = difference(old, row)
        grew = width(old.text) == cells
        here = grew and self._at == index and self._column == cells
        if not here and not (old.is_steady and row.is_steady):
            cells, rest, grew = 0, row.spans, False
        if not here:
            self._go(index, cells)
        if not grew:
            self._out.append("\x1b[K")
        self._write(rest)

    def _continue(self, index: int, rows: Sequence[Row]) -> None:
        """The terminal itself goes on to the next row, so that the line can be copied whole."""
        if index < len(self._shown):
            self._go(index, 0)
            self._out.append("\x1b[K")
        just_written = self._at == index - 1 and self._column == self._columns
        if index < len(self._shown) or not just_written:
            self._go(index - 1, 0)
            self._write(rows[index - 1].spans)
        self._write(rows[index].spans)
        self._at = index

    def _drop_after(self, rows: Sequence[Row]) -> None:
        if len(rows) < len(self._shown):
            self._go(len(rows), 0)
            self._out.append("\x1b[J")

    def _go(self, index: int, column: int) -> None:
        """To a cell of a row that stands there, or to the beginning of the next."""
        if index < self._at:
            self._out.append(_up(self._at - index))
        elif index > self._at:
            self._out.append("\r\n" * (index - self._at))
            self._column = 0
        if column:
            self._out.append(f"\x1b[{min(column, self._columns - 1) + 1}G")
        elif self._column != 0 or index < self._at:
            self._out.append("\r")
        self._at, self._column = index, column if column < self._columns else None

    def _write(self, spans: Sequence[Span]) -> None:
        self._out += [sequence(span) for span in spans]


def sequence(span: Span) -> str:
    """The second guard stands here: nothing but text and our own colours passes."""
    text = guarded(span.text)
    return f"\x1b[{span.sgr}m{text}\x1b[m" if span.sgr else text


def difference(old: Row, new: Row) -> tuple[int, tuple[Span, ...]]:
    """How many cells at the beginning are the same, and what comes after them."""
    same = 0
    for before, after in zip(old.spans, new.spans, strict=False):
        if before != after:
            break
        same += 1
    cells = sum([width(span.text) for span in new.spans[:same]])
    rest = new.spans[same:]
    if same == len(old.spans) or not rest or old.spans[same].sgr != rest[0].sgr:
        return cells, rest
    common = _common(old.spans[same].text, rest[0].text)
    head, tail = rest[0].text[:common], rest[0].text[common:]
    return cells + width(head), ((Span(rest[0].sgr, tail),) if tail else ()) + rest[1:]


def _common(old: str, new: str) -> int:
    """The length of the common beginning, no cluster torn apart."""
    limit = min(len(old), len(new))
    if new.startswith(old):
        same = len(old)
    else:
        same = next((i for i in range(limit) if old[i] != new[i]), limit)
    while same and (_is_inside(old, same) or _is_inside(new, same)):
        same -= 1
    return same


def _is_inside(text: str, at: int) -> bool:
    """The character there belongs to the one before it."""
    char = text[at : at + 1]
    return char >= "\u0300" and (CELLS[char] == 0 or char in UNSTEADY)


def _up(rows: int) -> str:
    return f"\x1b[{rows}A" if rows > 0 else ""
