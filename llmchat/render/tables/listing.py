"""Draws tables outside answers with Rich: bold heads, wrapped columns, and one `head: cell`
line per cell on a screen too narrow for columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.align import Align
from rich.console import (
    Console,
    ConsoleOptions,
    Group,
    JustifyMethod,
    RenderableType,
    RenderResult,
)
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.segment import Segment, Segments
from rich.table import Table as RichTable
from rich.text import Text

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line, guarded
from llmchat.render.fold import longest_piece, ranges
from llmchat.render.tables.table import Cell, Column, Styled, Table, parts
from llmchat.render.terminal.console import console_for
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.tables import shares
from llmchat.render.terminal.wrap import trimmed
from llmchat.render.width import cut, width

GAP = 2
HEAD = "table.header"
# Cells that a column gets at least, if its content needs more.
LEAST = {"text": 16, "title": 12, "bar": 10}
WIDEST_BAR = 24
UNBROKEN = 30  # cells; a column need not be wider for an unbreakable part
ENDLESS = 10_000  # columns of a pipe with colours


class Measured(Segment):
    """A segment with our own width: Rich takes joined emoji for narrower than many terminals do."""

    @property
    def cell_length(self) -> int:
        return width(self.text)


class FoldedCell:
    """The text of a cell, wrapped to at most `cells`; a title is cut to one line."""

    def __init__(self, cell: Cell, cells: int, *, role: str = "text") -> None:
        lines = _lines(cell)
        self._lines = [_cut(lines[0], cells)] if role == "title" else lines
        self._cells = cells

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._lines:
            for start, end in ranges(_text(line), self._cells):
                for text, style in _between(line, start, end):
                    yield Measured(guarded(text), console.get_style(style, default="none"))
                yield Segment.line()


def render_table(table: Table, screen: Screen, theme: str = "auto") -> str:
    """The table as text for that screen; the last line has no newline."""
    console = console_for(screen, theme)
    console.width = columns = screen.size()[0] if screen.stream.isatty() else ENDLESS
    widths = _widths(table, columns)
    drawn = _grid(table, widths) if widths else _stacked(table, columns)
    lines = (trimmed(tuple(line)) for line in console.render_lines(drawn, pad=False))
    with console.capture() as capture:
        out = [segment for line in lines for segment in (*line, Segment.line())]
        console.print(Segments(out), soft_wrap=True, end="")
    return capture.get().rstrip("\n")


def _grid(table: Table, widths: Sequence[int]) -> RenderableType:
    grid = RichTable(
        box=None,
        padding=(0, GAP, 0, 0),
        pad_edge=False,
        show_header=table.has_heads,
        header_style="none",
    )
    for column, cells in zip(table.columns, widths, strict=True):
        justify: JustifyMethod = "right" if column.role == "number" else "left"
        grid.add_column(_head(column, cells), width=cells, justify=justify, no_wrap=True)
    for row in table.rows:
        grid.add_row(*map(_drawn, row, table.columns, widths))
    return grid


def _stacked(table: Table, columns: int) -> RenderableType:
    """Draws rows below each other: the first cell, then the others with their heads."""
    blocks: list[RenderableType] = []
    for row in table.rows:
        first, *rest = zip(row, table.columns, strict=True)
        blocks += [Text()] if blocks else []
        blocks.append(FoldedCell([Styled(_text(_lines(first[0])[0]), HEAD)], columns))
        for cell, column in rest:
            if cell not in ("", ()):
                blocks.append(_below(cell, column, columns - GAP))
    return Group(*blocks)


def _below(cell: Cell, column: Column, cells: int) -> RenderableType:
    if isinstance(cell, float):
        return Padding(_bar(cell, min(cells, WIDEST_BAR)), (0, 0, 0, GAP))
    head = translated(msg("{head}: ", head=column.head)) if column.head else ""
    return Padding(
        FoldedCell([Styled(head, "hint"), *parts(cell)], cells, role=column.role), (0, 0, 0, GAP)
    )


def _head(column: Column, cells: int) -> RenderableType:
    return _justified(FoldedCell([Styled(column.head, HEAD)], cells), column)


def _drawn(cell: Cell, column: Column, cells: int) -> RenderableType:
    if isinstance(cell, float):
        return _bar(cell, cells)
    return _justified(FoldedCell(cell, cells, role=column.role), column)


def _justified(cell: FoldedCell, column: Column) -> RenderableType:
    return Align.right(cell) if column.role == "number" else cell


def _bar(share: float, cells: int) -> ProgressBar:
    return ProgressBar(total=1, completed=share, width=cells)


def _widths(table: Table, columns: int) -> list[int]:
    """The width of each column; [] if there is not enough room. Names are wrapped only if
    needed."""
    room = columns - GAP * (len(table.columns) - 1)
    naturals = [_natural(table, n) for n in range(len(table.columns))]
    for folds_names in (False, True):
        least = [_least(table, n, naturals[n], folds=folds_names) for n in range(len(naturals))]
        if sum(least) <= room:
            more = [natural - few for natural, few in zip(naturals, least, strict=True)]
            extra = shares(more, room - sum(least), least=0)
            return [few + some for few, some in zip(least, extra, strict=True)]
    return []


def _natural(table: Table, n: int) -> int:
    if table.columns[n].role == "bar":
        return WIDEST_BAR
    cells = [line for row in table.rows for line in _lines(row[n])]
    return max([width(table.columns[n].head), *(width(_text(line)) for line in cells)])


def _least(table: Table, n: int, natural: int, *, folds: bool) -> int:
    head, role = table.columns[n]
    if role in ("id", "number") or (role == "name" and not folds):
        return natural
    if role in ("title", "bar"):
        return min(natural, LEAST[role])
    pieces = [longest_piece(_text(line)) for row in table.rows for line in _lines(row[n])]
    longest = min(UNBROKEN, max([longest_piece(head), *pieces]))
    return max(longest, min(natural, LEAST["text"] if role == "text" else 0))


def _lines(cell: Cell) -> list[list[Styled]]:
    """The lines of a cell, cleaned; at least one."""
    lines: list[list[Styled]] = [[]]
    for text, style in parts(cell):
        first, *rest = text.split("\n")
        lines[-1].append(Styled(clean_line(first), style))
        lines += [[Styled(clean_line(line), style)] for line in rest]
    return lines


def _text(line: Sequence[Styled]) -> str:
    return "".join([part.text for part in line])


def _cut(line: Sequence[Styled], cells: int) -> list[Styled]:
    text = _text(line)
    if width(text) <= cells:
        return list(line)
    kept = cut(text, cells)
    return [*_between(line, 0, len(kept) - 1), Styled("…", line[-1].style)]


def _between(line: Sequence[Styled], start: int, end: int) -> list[Styled]:
    """The characters from `start` to `end` with their styles."""
    out, at = [], 0
    for text, style in line:
        piece = text[max(0, start - at) : max(0, end - at)]
        at += len(text)
        if piece:
            out.append(Styled(piece, style))
    return out
