"""Formats a table as plain text for a pipe: one line per row, with columns aligned in any
script."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.render.clean import clean_line
from llmchat.render.tables.table import Cell, Role, Table, parts
from llmchat.render.width import cut, width

GAP = "  "
BELOW = " " * 4  # indentation of a cell's further lines
LONGEST_TITLE = 60


def columns(table: Table) -> str:
    """The table as text. Foreign text in cells is cleaned; the last column is not padded."""
    kept = [n for n, column in enumerate(table.columns) if column.role != "bar"]
    head = [[table.columns[n].head for n in kept]] if table.has_heads else []
    cells = [[_plain(row[n], table.columns[n].role) for n in kept] for row in table.rows]
    lines = [*head, *([first for first, *_ in row] for row in cells)]
    widths = [max([width(line[n]) for line in lines], default=0) for n in range(len(kept))]
    rows = [_row(line, widths).rstrip() for line in lines]
    for number, row in enumerate(cells, start=len(head)):
        below = [BELOW + line for _, *more in row for line in more]
        rows[number] = "\n".join([rows[number], *below])
    return "\n".join(rows)


def _plain(cell: Cell, role: Role) -> list[str]:
    """The lines of a cell, at least one."""
    lines = "".join(part.text for part in parts(cell)).split("\n")
    cleaned = [clean_line(line) for line in lines]
    return [cut(line, LONGEST_TITLE) for line in cleaned] if role == "title" else cleaned


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return GAP.join(padded)
