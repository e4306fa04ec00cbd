"""The open containers and leaf at the end of growing Markdown, and the pieces they produce."""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.render.markdown.open_blocks import Leaf, OpenTable, Paragraph, Verbatim, copied
from llmchat.render.markdown.pieces import (
    Close,
    ContainerName,
    Open,
    Piece,
    TableEnd,
    VerbatimEnd,
    VerbatimName,
    VerbatimStart,
)
from llmchat.render.markdown.source import SourceLine


@dataclass(slots=True)
class Container:
    kind: ContainerName
    indent: int = 0  # of an item's content
    sign: str = ""  # of a list: the marker of its items
    number: int = 0
    filled: bool = False

    def copy(self) -> Container:  # takes a sixth of the time of copy.copy, in every frame
        return Container(self.kind, self.indent, self.sign, self.number, self.filled)

    def goes_on(self, line: SourceLine) -> bool:
        """Whether it continues in this line; consumes its marker or indentation."""
        if self.kind == "list":
            return True
        if self.kind == "quote":
            return line.quote_mark()
        if line.blank():
            line.consume(self.indent)
            return self.filled
        if line.indent() < self.indent:
            return False
        line.consume(self.indent)
        return True


class Tree:
    """The last branch of the tree; closed blocks have been returned as pieces."""

    def __init__(self) -> None:
        self.stack: list[Container] = []
        self.leaf: Leaf | None = None
        self.blank = False  # whether a blank line follows the last content
        self.out: list[Piece] = []

    def copy(self) -> Tree:
        twin = Tree()
        twin.stack = [container.copy() for container in self.stack]
        twin.leaf, twin.blank = self.leaf and copied(self.leaf), self.blank
        if isinstance(twin.leaf, OpenTable):
            twin.leaf.row = twin.leaf.row[:1]  # the rest of a huge row is drawn when it ends
        return twin

    def take(self) -> list[Piece]:
        out, self.out = self.out, []
        return out

    def match(self, line: SourceLine) -> int:
        """How many of the open containers continue in this line; consumes their markers."""
        for index, container in enumerate(self.stack):
            if not container.goes_on(line):
                return index
        return len(self.stack)

    def is_whole(self, matched: int) -> bool:
        """Whether all containers continue."""
        return matched == len(self.stack)

    def item_marker(self, sign: str, number: str | None) -> str:
        """Opens a list for an item, unless the open one fits; returns the item's marker."""
        top = self.stack[-1] if self.stack else None
        if top is not None and top.kind == "list" and top.sign == sign:
            top.number += 1
        else:
            top = Container("list", sign=sign, number=int(number or 0))
            self.open(top, "")
        return sign if number is None else f"{top.number}{sign}"

    def open_verbatim(self, leaf: Verbatim, kind: VerbatimName, *, info: str = "") -> None:
        self.out.append(VerbatimStart(kind, info, self.fill()))
        self.leaf = leaf

    def fill(self) -> bool:
        """Called when a block begins: closes a list without an open item; returns whether a blank
        line came before."""
        if self.stack and self.stack[-1].kind == "list":
            self._close_last()
        if self.stack:
            self.stack[-1].filled = True
        apart, self.blank = self.blank, False
        return apart

    def open(self, container: Container, marker: str) -> None:
        if container.kind == "item":
            apart, self.blank = self.blank, False
        else:
            apart = self.fill()
        self.stack.append(container)
        self.out.append(Open(container.kind, marker, apart))

    def settle(self, matched: int) -> None:
        """Closes the leaf, and the containers that do not continue."""
        leaf, self.leaf = self.leaf, None
        if isinstance(leaf, Paragraph):
            self.out.append(leaf.ending())
        elif isinstance(leaf, OpenTable):
            self.out.append(TableEnd())
        elif leaf is not None:
            self.out.append(VerbatimEnd())
        while len(self.stack) > matched:
            self._close_last()

    def _close_last(self) -> None:
        self.out.append(Close(self.stack.pop().kind))
