"""Plain tables of one-line cells, for people: columns line up in every script."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.render.clean import clean_line
from llmchat.render.width import width

GAP = "  "


def columns(header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "") -> str:
    """Foreign text in the cells is made harmless; the last column is not padded."""
    lines = [[clean_line(cell) for cell in row] for row in [header, *rows]]
    widths = [max(width(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(indent + _row(line, widths).rstrip() for line in lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return GAP.join(padded)
