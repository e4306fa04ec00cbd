"""The types of finished pieces; `apart` means that a blank line came before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ContainerName = Literal["quote", "list", "item"]
VerbatimName = Literal["code", "html", "math"]
Align = Literal["", "left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Open:
    """A container begins; `marker` is `-` or `3.` for an item."""

    kind: ContainerName
    marker: str
    apart: bool


@dataclass(frozen=True, slots=True)
class Close:
    kind: ContainerName


@dataclass(frozen=True, slots=True)
class Prose:
    """A heading (`level` above 0), a paragraph, or a chunk of a long one.

    `glue` is what was between this chunk and the one before: a blank, a line end or nothing.
    """

    text: str
    level: int = 0
    apart: bool = False
    first: bool = True
    last: bool = True
    glue: str = ""


@dataclass(frozen=True, slots=True)
class VerbatimStart:
    kind: VerbatimName
    info: str
    apart: bool


@dataclass(frozen=True, slots=True)
class VerbatimLine:
    """A line, or a part of a long one if it does not end here."""

    text: str
    ends: bool


@dataclass(frozen=True, slots=True)
class VerbatimEnd:
    """The end of the verbatim block."""


@dataclass(frozen=True, slots=True)
class Rule:
    apart: bool


@dataclass(frozen=True, slots=True)
class TableStart:
    cells: tuple[str, ...]
    aligns: tuple[Align, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableEnd:
    """The end of the table."""


Piece = (
    Open
    | Close
    | Prose
    | VerbatimStart
    | VerbatimLine
    | VerbatimEnd
    | Rule
    | TableStart
    | TableRow
    | TableEnd
)


CODE = "markdown.code_block"  # the base of the highlighter's styles


class Span(NamedTuple):
    """A part of a line: clean text and the names of its styles, outermost first."""

    text: str
    styles: tuple[str, ...] = ()
