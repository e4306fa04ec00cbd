"""Growing Markdown as a sequence of finished pieces: CommonMark's block structure, line by line.

A piece leaves `feed` only when no later text can change it, so whoever lays pieces out never
goes back. What is not certain yet is had from a copy: `copy()`, then `finish()`. Rules which
make this possible for text of any length, and which hold however the text was cut:

- a reference link stays as written, and so does its definition: its target may come a page later;
- what looks at a whole line (headings, rules, underlines, fences, heads of tables) looks at lines
  of at most LONG_LINE characters; a longer line is text;
- a paragraph is text for good after its first chunk (see `prose`): a later underline is no
  heading.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass

from llmchat.render.leaves import (
    Fence,
    Html,
    Indented,
    Leaf,
    Math,
    Paragraph,
    Table,
    Verbatim,
    delimiter_row,
    fence_start,
    html_start,
    split_row,
)
from llmchat.render.pieces import (
    Close,
    ContainerName,
    Open,
    Piece,
    Prose,
    Rule,
    TableEnd,
    TableRow,
    TableStart,
    VerbatimEnd,
    VerbatimLine,
    VerbatimName,
    VerbatimStart,
)
from llmchat.render.source import Line

LONG_LINE = 1000

ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
ATX_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
SETEXT = re.compile(r"(=+|-+)[ \t]*$")
MARKER = re.compile(r"(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|$)")
MATH = {"$$": "$$", "\\[": "\\]"}


@dataclass(slots=True)
class Container:
    kind: ContainerName
    indent: int = 0  # of an item's content
    sign: str = ""  # of a list: what its items are marked with
    number: int = 0
    filled: bool = False

    def copy(self) -> Container:  # a sixth of the time of copy.copy, in every frame
        return Container(self.kind, self.indent, self.sign, self.number, self.filled)


class Blocks:
    """Takes text cut anywhere, gives pieces."""

    def __init__(self) -> None:
        self._stack: list[Container] = []
        self._leaf: Leaf | None = None
        self._blank = False  # a blank line stands between the last content and here
        self._inside = False  # the beginning of the line, LONG_LINE characters, is already placed
        self._long = False
        self._out: list[Piece] = []
        self.pending = ""  # the beginning of a line, not looked at yet

    def copy(self) -> Blocks:
        twin = Blocks()
        twin._stack = [container.copy() for container in self._stack]
        twin._leaf = copy.copy(self._leaf)
        if isinstance(twin._leaf, Table):
            twin._leaf.row = twin._leaf.row[:1]  # the rest of a huge row is seen when it ended
        twin._blank, twin.pending = self._blank, self.pending
        twin._inside, twin._long = self._inside, self._long
        return twin

    def feed(self, text: str) -> list[Piece]:
        lines = (self.pending + text).replace("\r\n", "\n").split("\n")
        last = lines.pop()
        for line in lines:
            self._begin(line)
            self._end_line()
        held = "\r" if last.endswith("\r") else ""
        if self._inside or len(last) - len(held) > LONG_LINE:
            self._begin(last.removesuffix("\r"))
            last = held
        self.pending = last
        return self._take()

    def finish(self) -> list[Piece]:
        """Everything there is becomes certain."""
        pieces = []
        if self.pending or self._inside:
            self.pending = self.pending.removesuffix("\r")
            pieces = self.feed("\n")
        self._settle(0)
        return pieces + self._take()

    def _take(self) -> list[Piece]:
        out, self._out = self._out, []
        return out

    def _begin(self, text: str) -> None:
        if not self._inside:
            first, text = text[:LONG_LINE], text[LONG_LINE:]
            self._inside, self._long = True, bool(text)
            self._line(Line(first))
        if text:
            self._more(text)

    def _more(self, text: str) -> None:
        """The line goes on beyond LONG_LINE characters."""
        match self._leaf:
            case None:
                self._begin_paragraph(text)
            case Paragraph() as leaf:
                leaf.extend(text)
                self._out += leaf.cut()
            case Table() as leaf:
                leaf.row += (text,)
            case leaf:
                self._place(leaf, text)

    def _end_line(self) -> None:
        self._inside = False
        match self._leaf:
            case Table() as leaf if leaf.row:
                self._out.append(TableRow(split_row("".join(leaf.row), leaf.columns)))
                leaf.row = ()
            case Fence() | Indented() | Html() | Math() as leaf:
                if leaf.open_line:
                    self._out.append(VerbatimLine("", ends=True))
                    leaf.open_line = False
                if isinstance(leaf, Html | Math) and leaf.ended:
                    self._settle(len(self._stack))
        self._long = False

    def _line(self, line: Line) -> None:
        matched = self._match(line)
        whole = matched == len(self._stack)
        if whole and self._verbatim_line(line):
            return
        if line.blank():
            self._settle(matched)
            self._blank = True
            return
        if not (whole and self._table_start(line)):
            self._starts(line, matched)
        self._blank = False

    def _match(self, line: Line) -> int:
        """How many of the open containers go on in this line; their marks are consumed."""
        for index, container in enumerate(self._stack):
            if not _goes_on(container, line):
                return index
        return len(self._stack)

    def _verbatim_line(self, line: Line) -> bool:
        """Whether the line belongs to an open leaf that is taken as it stands."""
        match self._leaf:
            case Fence() as leaf:
                if not self._long and leaf.closes(line):
                    self._settle(len(self._stack))
                else:
                    line.consume(leaf.indent)
                    self._place(leaf, line.rest())
            case Indented() as leaf if line.blank():
                line.consume(4)
                leaf.blanks += (line.rest(),)
                self._blank = True
                return True
            case Indented() as leaf if line.indent() >= 4:
                self._out += [VerbatimLine(blank, ends=True) for blank in leaf.blanks]
                leaf.blanks = ()
                line.consume(4)
                self._place(leaf, line.rest())
            case Html() as leaf if leaf.goes_on(line):
                self._place(leaf, line.rest())
            case Math() as leaf if not line.blank():
                self._place(leaf, line.rest())
            case _:
                return False
        self._blank = False
        return True

    def _place(self, leaf: Verbatim, text: str) -> None:
        if isinstance(leaf, Html | Math):
            leaf.look(text)
        leaf.open_line = self._long
        self._out.append(VerbatimLine(text, ends=not self._long))

    def _starts(self, line: Line, matched: int) -> None:
        """Opens the blocks that begin in this line and puts the rest of it where it belongs."""
        while not line.blank():
            if line.indent() >= 4:
                return self._indented_or_text(line, matched)
            if self._start_leaf(line, matched):
                return None
            if not self._start_container(line, matched):
                return self._text(line, matched)
            matched = len(self._stack)
        return None

    def _in_text(self, matched: int | None = None) -> bool:
        """The open leaf is a paragraph (and this line is not a lazy one)."""
        here = matched is None or matched == len(self._stack)
        return here and isinstance(self._leaf, Paragraph)

    def _start_container(self, line: Line, matched: int) -> bool:
        if line.peek() != ">":
            return self._start_item(line, matched)
        self._settle(matched)
        line.quote_mark()
        self._open(Container("quote"), "")
        return True

    def _start_item(self, line: Line, matched: int) -> bool:
        mark = MARKER.match(line.rest().lstrip(" \t"))
        if not mark:
            return False
        bullet, number, delimiter = mark.groups()
        empty = not mark.string[mark.end() :].strip(" \t")
        if self._in_text(matched) and (empty or number not in (None, "1")):
            return False
        indent = line.indent()
        line.consume(indent)
        line.skip(mark.end())
        self._settle(matched)
        marker = self._list(bullet or delimiter, number)
        indent += mark.end() + _padding(line, empty=empty)
        self._open(Container("item", indent), marker)
        return True

    def _list(self, sign: str, number: str | None) -> str:
        """The list the item belongs to, the open one or a new one; gives the item's marker."""
        top = self._stack[-1] if self._stack else None
        if top is not None and top.kind == "list" and top.sign == sign:
            top.number += 1
        else:
            top = Container("list", sign=sign, number=int(number or 0))
            self._open(top, "")
        return sign if number is None else f"{top.number}{sign}"

    def _start_leaf(self, line: Line, matched: int) -> bool:
        """Headings, fences, rules and the like, in the order of the standard."""
        rest = line.rest().lstrip(" \t")
        if rest[0] not in "#`~<=-*_$\\":
            return False
        if self._long:
            return self._start_html(line, matched)
        return self._start_line(rest, matched) or self._start_verbatim(line, matched)

    def _start_line(self, rest: str, matched: int) -> bool:
        """Blocks of one line."""
        leaf = self._leaf
        if (found := ATX.match(rest)) is not None:
            self._settle(matched)
            text = ATX_END.sub("", rest[found.end() :]).strip(" \t")
            self._out.append(Prose(text, len(found.group(1)), self._fill()))
        elif (
            isinstance(leaf, Paragraph)
            and self._in_text(matched)
            and not leaf.started
            and SETEXT.match(rest)
        ):
            self._leaf = None
            self._out.append(Prose(leaf.text.rstrip(), 1 if rest[0] == "=" else 2, leaf.apart))
        elif RULE.match(rest):
            self._settle(matched)
            self._out.append(Rule(self._fill()))
        else:
            return False
        return True

    def _start_verbatim(self, line: Line, matched: int) -> bool:
        rest = line.rest().strip(" \t")
        if (fence := fence_start(rest, line.indent())) is not None:
            self._settle(matched)
            self._open_verbatim(fence, "code", info=fence.info)
            return True
        if rest in MATH:
            self._settle(matched)
            self._open_verbatim(Math(MATH[rest]), "math")
            self._out.append(VerbatimLine(rest, ends=True))
            return True
        return self._start_html(line, matched)

    def _start_html(self, line: Line, matched: int) -> bool:
        rest = line.rest().lstrip(" \t")
        html = html_start(rest, in_text=self._in_text(), whole=not self._long)
        if html is None:
            return False
        self._settle(matched)
        self._open_verbatim(html, "html")
        self._place(html, line.rest())
        return True

    def _indented_or_text(self, line: Line, matched: int) -> None:
        if self._in_text():
            self._text(line, matched)
            return
        self._settle(matched)
        leaf = Indented()
        self._open_verbatim(leaf, "code")
        line.consume(4)
        self._place(leaf, line.rest())

    def _open_verbatim(self, leaf: Verbatim, kind: VerbatimName, *, info: str = "") -> None:
        self._out.append(VerbatimStart(kind, info, self._fill()))
        self._leaf = leaf

    def _table_start(self, line: Line) -> bool:
        """Whether the paragraph's last line was the head of a table, as this line proves."""
        leaf = self._leaf
        if not isinstance(leaf, Paragraph) or self._long or line.indent() >= 4:
            return False
        head, aligns = leaf.table_head(), delimiter_row(line.rest().strip())
        if head is None or aligns is None or len(aligns) != len(split_row(head)):
            return False
        above = leaf.above_head()
        if above is not None:
            self._out.append(above.ending())
        self._leaf = Table(len(aligns))
        self._out.append(TableStart(split_row(head), aligns, leaf.apart and above is None))
        return True

    def _text(self, line: Line, matched: int) -> None:
        """What no block claimed: a line of a paragraph or of a table."""
        leaf, rest = self._leaf, line.rest().lstrip(" \t")
        if isinstance(leaf, Paragraph):
            whole = matched == len(self._stack)
            leaf.add(rest, headlike=whole and not self._long and line.indent() < 4)
            self._out += leaf.cut()
        elif isinstance(leaf, Table) and matched == len(self._stack):
            leaf.row = (rest,)
        else:
            self._settle(matched)
            self._begin_paragraph(rest)

    def _begin_paragraph(self, text: str) -> None:
        self._leaf = leaf = Paragraph(self._fill())
        leaf.add(text, headlike=not self._long)
        self._out += leaf.cut()

    def _fill(self) -> bool:
        """A block begins here, so a list ends that has no item open; whether it stands apart."""
        if self._stack and self._stack[-1].kind == "list":
            self._close_last()
        if self._stack:
            self._stack[-1].filled = True
        apart, self._blank = self._blank, False
        return apart

    def _open(self, container: Container, marker: str) -> None:
        if container.kind == "item":
            apart, self._blank = self._blank, False
        else:
            apart = self._fill()
        self._stack.append(container)
        self._out.append(Open(container.kind, marker, apart))

    def _settle(self, matched: int) -> None:
        """Closes the leaf, and the containers that do not go on."""
        leaf, self._leaf = self._leaf, None
        if isinstance(leaf, Paragraph):
            self._out.append(leaf.ending())
        elif isinstance(leaf, Table):
            self._out.append(TableEnd())
        elif leaf is not None:
            self._out.append(VerbatimEnd())
        while len(self._stack) > matched:
            self._close_last()

    def _close_last(self) -> None:
        self._out.append(Close(self._stack.pop().kind))


def _goes_on(container: Container, line: Line) -> bool:
    if container.kind == "list":
        return True
    if container.kind == "quote":
        return line.quote_mark()
    if line.blank():
        line.consume(container.indent)
        return container.filled
    if line.indent() < container.indent:
        return False
    line.consume(container.indent)
    return True


def _padding(line: Line, *, empty: bool) -> int:
    """Consumes the blanks between an item's mark and its content."""
    blanks = line.indent()
    if empty or blanks > 4:
        line.consume(1)
        return 1
    line.consume(blanks)
    return blanks
