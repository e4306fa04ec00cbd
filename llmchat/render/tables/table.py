"""A table as a value: printed as plain columns into a pipe, drawn by Rich on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from llmchat.language import ENGLISH, known, language, translated

# The role of a column decides how a narrow screen may shorten its cells: an id and a number stay
# whole, a name is broken after `/` or `-`, a text is wrapped between words, a title is cut; a bar
# is drawn from a number between 0 and 1, and left out in a pipe.
Role = Literal["id", "number", "name", "text", "title", "bar"]


class Styled(NamedTuple):
    """A part of a cell with a style of the theme; a newline begins another line of the cell."""

    text: str
    style: str


class Column(NamedTuple):
    head: str
    role: Role = "text"


Cell = str | float | Sequence[Styled]
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    @property
    def has_heads(self) -> bool:
        return any(column.head for column in self.columns)


def parts(cell: Cell) -> list[Styled]:
    """The parts of a cell that are drawn; none for a bar."""
    if isinstance(cell, str):
        return [Styled(cell, "none")]
    return [] if isinstance(cell, float) else list(cell)


def in_language(table: Table) -> Table:
    """The table with heads and messages translated."""
    if language() == ENGLISH:
        return table
    columns = tuple(column._replace(head=known(column.head)) for column in table.columns)
    return Table(columns, [[_in_language(cell) for cell in row] for row in table.rows])


def _in_language(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return translated(cell)
    if isinstance(cell, float):
        return cell
    return [part._replace(text=translated(part.text)) for part in cell]
