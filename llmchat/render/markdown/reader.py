"""The incremental Markdown reader: CommonMark's block structure, line by line.

`feed` returns a piece only when later text cannot change it, so layout never has to go back. What
is not certain yet comes from a copy: `copy()`, then `finish()`. Rules that make this possible for
text of any length, however it was split:

- a reference link stays as written, and so does its definition: its target may come a page later;
- rules that look at a whole line (headings, rules, underlines, fences, heads of tables) look at
  lines of at most LONG_LINE characters; a longer line is text;
- a paragraph is final after its first chunk (see `prose`): a later underline does not make it a
  heading.

Why: docs/decisions/0020-own-block-structure.md.
"""

from __future__ import annotations

import re

from llmchat.render.markdown.containers import Container, Tree
from llmchat.render.markdown.open_blocks import (
    Fence,
    Html,
    Indented,
    Math,
    OpenTable,
    Paragraph,
    Verbatim,
    delimiter_row,
    fence_start,
    heading_in,
    html_start,
    split_row,
)
from llmchat.render.markdown.pieces import Piece, Prose, Rule, TableRow, TableStart, VerbatimLine
from llmchat.render.markdown.source import SourceLine

LONG_LINE = 1000

RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
SETEXT = re.compile(r"(=+|-+)[ \t]*$")
MARKER = re.compile(r"(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|$)")
MATH = {"$$": "$$", "\\[": "\\]"}


class Blocks:
    """Takes text split anywhere, and returns pieces."""

    def __init__(self) -> None:
        self._tree = Tree()
        # Whether the first LONG_LINE characters of the line were already added.
        self._inside = False
        self._long = False
        self.pending = ""  # the beginning of a line that was not parsed yet

    def copy(self) -> Blocks:
        twin = Blocks()
        twin._tree, twin.pending = self._tree.copy(), self.pending
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
        return self._tree.take()

    def finish(self) -> list[Piece]:
        """Treats everything so far as final, and returns the remaining pieces."""
        pieces = []
        if self.pending or self._inside:
            self.pending = self.pending.removesuffix("\r")
            pieces = self.feed("\n")
        self._tree.settle(0)
        return pieces + self._tree.take()

    def _begin(self, text: str) -> None:
        if not self._inside:
            first, text = text[:LONG_LINE], text[LONG_LINE:]
            self._inside, self._long = True, bool(text)
            self._line(SourceLine(first))
        if text:
            self._more(text)

    def _more(self, text: str) -> None:
        """Adds the rest of a line of more than LONG_LINE characters."""
        match self._tree.leaf:
            case None:
                self._begin_paragraph(text)
            case Paragraph() as leaf:
                leaf.extend(text)
                self._tree.out += leaf.cut()
            case OpenTable() as leaf:
                leaf.row += (text,)
            case leaf:
                self._place(leaf, text)

    def _end_line(self) -> None:
        self._inside = False
        match self._tree.leaf:
            case OpenTable() as leaf if leaf.row:
                self._tree.out.append(TableRow(split_row("".join(leaf.row), leaf.columns)))
                leaf.row = ()
            case Fence() | Indented() | Html() | Math() as leaf:
                if leaf.open_line:
                    self._tree.out.append(VerbatimLine("", ends=True))
                    leaf.open_line = False
                if isinstance(leaf, Html | Math) and leaf.ended:
                    self._tree.settle(len(self._tree.stack))
        self._long = False

    def _line(self, line: SourceLine) -> None:
        matched = self._tree.match(line)
        whole = self._tree.is_whole(matched)
        if whole and self._verbatim_line(line):
            return
        if line.blank():
            self._tree.settle(matched)
            self._tree.blank = True
            return
        if not (whole and self._table_start(line)):
            self._starts(line, matched)
        self._tree.blank = False

    def _verbatim_line(self, line: SourceLine) -> bool:
        """Whether the line belongs to an open leaf that is kept verbatim."""
        match self._tree.leaf:
            case Fence() as leaf:
                if not self._long and leaf.closes(line):
                    self._tree.settle(len(self._tree.stack))
                else:
                    line.consume(leaf.indent)
                    self._place(leaf, line.rest())
            case Indented() as leaf if line.blank():
                line.consume(4)
                leaf.blanks += (line.rest(),)
                self._tree.blank = True
                return True
            case Indented() as leaf if line.indent() >= 4:
                self._tree.out += [VerbatimLine(blank, ends=True) for blank in leaf.blanks]
                leaf.blanks = ()
                line.consume(4)
                self._place(leaf, line.rest())
            case Html() as leaf if leaf.goes_on(line):
                self._place(leaf, line.rest())
            case Math() as leaf if not line.blank():
                self._place(leaf, line.rest())
            case _:
                return False
        self._tree.blank = False
        return True

    def _place(self, leaf: Verbatim, text: str) -> None:
        if isinstance(leaf, Html | Math):
            leaf.look(text)
        leaf.open_line = self._long
        self._tree.out.append(VerbatimLine(text, ends=not self._long))

    def _starts(self, line: SourceLine, matched: int) -> None:
        """Opens the blocks that begin in this line, and adds the rest of it."""
        while not line.blank():
            if line.indent() >= 4:
                return self._indented_or_text(line, matched)
            if self._start_leaf(line, matched):
                return None
            if not self._start_container(line, matched):
                return self._text(line, matched)
            matched = len(self._tree.stack)
        return None

    def _in_text(self, matched: int | None = None) -> bool:
        """Whether the open leaf is a paragraph (and the line is not a lazy continuation)."""
        here = matched is None or self._tree.is_whole(matched)
        return here and isinstance(self._tree.leaf, Paragraph)

    def _start_container(self, line: SourceLine, matched: int) -> bool:
        if line.peek() != ">":
            return self._start_item(line, matched)
        self._tree.settle(matched)
        line.quote_mark()
        self._tree.open(Container("quote"), "")
        return True

    def _start_item(self, line: SourceLine, matched: int) -> bool:
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
        self._tree.settle(matched)
        marker = self._tree.item_marker(bullet or delimiter, number)
        indent += mark.end() + line.padding(empty=empty)
        self._tree.open(Container("item", indent), marker)
        return True

    def _start_leaf(self, line: SourceLine, matched: int) -> bool:
        """Starts a leaf, in the order of the standard: headings, fences, rules and the like."""
        rest = line.rest().lstrip(" \t")
        if rest[0] not in "#`~<=-*_$\\":
            return False
        if self._long:
            return self._start_html(line, matched)
        return self._start_line(rest, matched) or self._start_verbatim(line, matched)

    def _start_line(self, rest: str, matched: int) -> bool:
        """Adds a block of one line."""
        leaf = self._tree.leaf if self._in_text(matched) else None
        if heading := heading_in(rest):
            self._tree.settle(matched)
            self._tree.out.append(Prose(*heading, self._tree.fill()))
        elif isinstance(leaf, Paragraph) and not leaf.started and SETEXT.match(rest):
            self._tree.leaf = None
            self._tree.out.append(Prose(leaf.text.rstrip(), 1 if rest[0] == "=" else 2, leaf.apart))
        elif RULE.match(rest):
            self._tree.settle(matched)
            self._tree.out.append(Rule(self._tree.fill()))
        else:
            return False
        return True

    def _start_verbatim(self, line: SourceLine, matched: int) -> bool:
        rest = line.rest().strip(" \t")
        if (fence := fence_start(rest, line.indent())) is not None:
            self._tree.settle(matched)
            self._tree.open_verbatim(fence, "code", info=fence.info)
            return True
        if rest in MATH:
            self._tree.settle(matched)
            self._tree.open_verbatim(Math(MATH[rest]), "math")
            self._tree.out.append(VerbatimLine(rest, ends=True))
            return True
        return self._start_html(line, matched)

    def _start_html(self, line: SourceLine, matched: int) -> bool:
        rest = line.rest().lstrip(" \t")
        html = html_start(rest, in_text=self._in_text(), whole=not self._long)
        if html is None:
            return False
        self._tree.settle(matched)
        self._tree.open_verbatim(html, "html")
        self._place(html, line.rest())
        return True

    def _indented_or_text(self, line: SourceLine, matched: int) -> None:
        if self._in_text():
            self._text(line, matched)
            return
        self._tree.settle(matched)
        leaf = Indented()
        self._tree.open_verbatim(leaf, "code")
        line.consume(4)
        self._place(leaf, line.rest())

    def _table_start(self, line: SourceLine) -> bool:
        """Whether the paragraph's last line is the head of a table, which this line shows."""
        leaf = self._tree.leaf
        if not isinstance(leaf, Paragraph) or self._long or line.indent() >= 4:
            return False
        head, aligns = leaf.table_head(), delimiter_row(line.rest().strip())
        if head is None or aligns is None or len(aligns) != len(split_row(head)):
            return False
        above = leaf.above_head()
        if above is not None:
            self._tree.out.append(above.ending())
        self._tree.leaf = OpenTable(len(aligns))
        self._tree.out.append(TableStart(split_row(head), aligns, leaf.apart and above is None))
        return True

    def _text(self, line: SourceLine, matched: int) -> None:
        """Adds a line to a paragraph or table, if no other block took it."""
        leaf, rest = self._tree.leaf, line.rest().lstrip(" \t")
        if isinstance(leaf, Paragraph):
            whole = self._tree.is_whole(matched)
            leaf.add(rest, headlike=whole and not self._long and line.indent() < 4)
            self._tree.out += leaf.cut()
        elif isinstance(leaf, OpenTable) and self._tree.is_whole(matched):
            leaf.row = (rest,)
        else:
            self._tree.settle(matched)
            self._begin_paragraph(rest)

    def _begin_paragraph(self, text: str) -> None:
        self._tree.leaf = leaf = Paragraph(self._tree.fill())
        leaf.add(text, headlike=not self._long)
        self._tree.out += leaf.cut()
