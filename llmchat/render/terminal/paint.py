"""Updates rows on the screen by difference: what is already there is not rewritten.

A region at the end of the output is repainted: a row is erased before it is written, text that only
grew is appended, and settled rows leave the region and scroll away with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rich.control import Control
from rich.segment import ControlType, Segment

from llmchat.render.clean import guarded
from llmchat.render.fold import UNSTEADY
from llmchat.render.terminal.wrap import Row
from llmchat.render.width import CELLS, width

UNKNOWN = Row((Segment("?", None, [(ControlType.BELL,)]),))  # unequal to any row


def _sequence(text: str, control: ControlType) -> Segment:
    return Segment(text, None, [(control,)])


RETURN = Control(ControlType.CARRIAGE_RETURN).segment
ERASE_LINE = _sequence("\x1b[K", ControlType.ERASE_IN_LINE)
ERASE_BELOW = _sequence("\x1b[J", ControlType.ERASE_IN_LINE)  # Rich has no name for it


class Painter:
    """Knows what is in the region; returns what to write, and writes nothing itself."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._shown: list[Row] = []
        # Whether the first row shown is settled and only kept as a reference.
        self._anchored = False
        self._at = 0  # the row of the cursor
        self._column: int | None = 0  # None if unknown
        self._out: list[Segment] = []

    @property
    def is_open(self) -> bool:
        """Whether there are rows in the region that may change."""
        return len(self._shown) > self._anchored

    def fits(self, columns: int, rows: int) -> bool:
        """Whether the screen still has the width that the region was painted for, and the height it
        needs."""
        return columns == self._columns and len(self._shown) <= max(2, rows)

    def frame(self, settled: list[Row], live: list[Row]) -> list[Segment]:
        """What to write so that the region shows these rows, of which `settled` leave it."""
        anchor = self._shown[: self._anchored]
        rows = [*anchor, *settled, *live]
        for index in range(len(rows)):
            self._paint(index, rows)
        if len(rows) < len(self._shown):
            self._go(len(rows), 0)
            self._out.append(ERASE_BELOW)
        if rows and self._at != len(rows) - 1:
            self._go(len(rows) - 1, width(rows[-1].text))
        kept = len(anchor) + len(settled) - 1
        self._anchored = kept >= 0
        self._shown = rows[max(0, kept) :]
        self._at -= max(0, kept)
        return self._take()

    def leave(self) -> list[Segment]:
        """Erases the open rows and puts the cursor on its own line below the settled ones."""
        if self.is_open:
            self._go(int(self._anchored), 0)
            self._out.append(ERASE_BELOW)
        elif self._anchored:
            self._out.append(_down(1))
        return self._forget()

    def resize(self, columns: int, rows: int) -> list[Segment]:
        """Handles a new size: the terminal has wrapped the open rows again, so those on the screen
        are erased."""
        if self.is_open:
            height = min(rows, _folded_height(self._shown[self._anchored :], columns))
            self._out += [*_up(height - 1), RETURN, ERASE_BELOW]
        elif self._anchored:
            self._out.append(_down(1))
        self._columns = columns
        return self._forget()

    def invalidate(self) -> None:
        """Called when something else has written at the cursor, such as a terminal that echoes
        Ctrl-C."""
        if self._shown:
            self._shown[-1] = UNKNOWN
        self._column = None

    def _forget(self) -> list[Segment]:
        self._shown, self._anchored = [], False
        self._at, self._column = 0, 0
        return self._take()

    def _take(self) -> list[Segment]:
        out, self._out = self._out, []
        return out

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
            self._write(row.segments)
        self._column = width(row.text)

    def _goes_on_already(self, index: int, rows: Sequence[Row]) -> bool:
        """Whether the terminal already treats the row as a continuation of the one before, or
        cannot."""
        old, before = self._shown, rows[index - 1]
        if index < len(old) and old[index].soft and old[index - 1] == before:
            return True
        return not before.fills(self._columns)

    def _repaint(self, index: int, row: Row) -> None:
        old = self._shown[index]
        cells, rest = difference(old, row)
        grew = width(old.text) == cells
        here = grew and self._at == index and self._column == cells
        if not here and not (old.is_steady and row.is_steady):
            cells, rest, grew = 0, row.segments, False
        if not here:
            self._go(index, cells)
        if not grew:
            self._out.append(ERASE_LINE)
        self._write(rest)

    def _continue(self, index: int, rows: Sequence[Row]) -> None:
        """Lets the terminal wrap to the next row, so that the line can be copied as a whole."""
        if index < len(self._shown):
            self._go(index, 0)
            self._out.append(ERASE_LINE)
        just_written = self._at == index - 1 and self._column == self._columns
        if index < len(self._shown) or not just_written:
            self._go(index - 1, 0)
            self._write(rows[index - 1].segments)
        self._write(rows[index].segments)
        self._at = index

    def _go(self, index: int, column: int) -> None:
        """Moves to a cell of an existing row, or to the beginning of the next."""
        if index < self._at:
            self._out += _up(self._at - index)
        elif index > self._at:
            self._out.append(_down(index - self._at))
            self._column = 0
        if column:
            self._out.append(_column(min(column, self._columns - 1)))
        elif self._column != 0 or index < self._at:
            self._out.append(RETURN)
        self._at, self._column = index, column if column < self._columns else None

    def _write(self, segments: tuple[Segment, ...]) -> None:
        """Writes segments; drops what is not clean text, as a second check."""
        for segment in segments:
            text, style, _ = segment
            kept = guarded(text)
            self._out.append(segment if kept is text else Segment(kept, style))


def difference(old: Row, new: Row) -> tuple[int, tuple[Segment, ...]]:
    """How many cells at the beginning are equal, and the segments after them."""
    same = 0
    for before, after in zip(old.segments, new.segments, strict=False):
        if before != after:
            break
        same += 1
    cells = sum([width(segment.text) for segment in new.segments[:same]])
    rest = new.segments[same:]
    if same == len(old.segments) or not rest or old.segments[same].style != rest[0].style:
        return cells, rest
    text, style, _ = rest[0]
    common = _common(old.segments[same].text, text)
    head, tail = text[:common], text[common:]
    return cells + width(head), ((Segment(tail, style),) if tail else ()) + rest[1:]


def _common(old: str, new: str) -> int:
    """The length of the common beginning, without splitting a cluster."""
    limit = min(len(old), len(new))
    if new.startswith(old):
        same = len(old)
    else:
        same = next((i for i in range(limit) if old[i] != new[i]), limit)
    while same and (_is_inside(old, same) or _is_inside(new, same)):
        same -= 1
    return same


def _is_inside(text: str, at: int) -> bool:
    """Whether the character there belongs to the one before it."""
    char = text[at : at + 1]
    return char >= "\u0300" and (CELLS[char] == 0 or char in UNSTEADY)


def _folded_height(rows: list[Row], columns: int) -> int:
    lengths: list[int] = []
    for row in rows:
        if row.soft and lengths:
            lengths[-1] += width(row.text)
        else:
            lengths.append(width(row.text))
    return sum([max(1, -(-length // columns)) for length in lengths])


@cache
def _up(rows: int) -> list[Segment]:
    return [Control((ControlType.CURSOR_UP, rows)).segment] if rows > 0 else []


@cache
def _down(rows: int) -> Segment:
    return _sequence("\r\n" * rows, ControlType.CURSOR_DOWN)


@cache
def _column(column: int) -> Segment:
    return Control.move_to_column(column).segment
