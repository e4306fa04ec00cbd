"""Plain tables of one-line cells, for people: columns line up in every script."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

from llmchat.render.clean import clean_line

GAP = "  "


def columns(header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "") -> str:
    """Foreign text in the cells is made harmless; the last column is not padded."""
    lines = [[clean_line(cell) for cell in row] for row in [header, *rows]]
    widths = [max(cell_width(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(indent + _row(line, widths).rstrip() for line in lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return GAP.join(padded)


def cell_width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(1 for c in text if combining(c))


def cut(line: str, width: int) -> str:
    """The line, ended with an ellipsis where it is too long."""
    if cell_width(line) <= width:
        return line
    while line and cell_width(line) >= width:
        line = line[:-1]
    return line + "…"
