"""The kinds of open block at the end of growing Markdown, and how to recognise their first
lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmchat.render.markdown.pieces import Align, Piece, Prose
from llmchat.render.markdown.prose import next_cut
from llmchat.render.markdown.source import SourceLine

FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
FENCE_END = re.compile(r"(`{3,}|~{3,})[ \t]*$")
ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
ATX_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
DELIMITER = re.compile(r":?-+:?$")
TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|"
    "hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|"
    "search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul"
)
ATTRIBUTE = r"""(?:\s+[a-zA-Z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)"""
HTML = (  # begin and end ("" is a blank line)
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:\s|>|$)", re.I),
        r"</(?:script|pre|style|textarea)>",
    ),
    (re.compile(r"<!--"), "-->"),
    (re.compile(r"<\?"), r"\?>"),
    (re.compile(r"<![a-zA-Z]"), ">"),
    (re.compile(r"<!\[CDATA\["), r"\]\]>"),
    (re.compile(rf"</?(?:{TAGS})(?:\s|/?>|$)", re.I), ""),
)
TAG_ALONE = re.compile(
    rf"(?:<[a-zA-Z][a-zA-Z0-9-]*{ATTRIBUTE}*\s*/?>|</[a-zA-Z][a-zA-Z0-9-]*\s*>)\s*$"
)
LONGEST_END = 16  # characters of the end of HTML or a formula


@dataclass(slots=True)
class Fence:
    sign: str
    indent: int
    info: str
    open_line: bool = False

    def closes(self, line: SourceLine) -> bool:
        if line.indent() >= 4:
            return False
        found = FENCE_END.match(line.rest().lstrip(" \t"))
        return found is not None and found.group(1).startswith(self.sign)


@dataclass(slots=True)
class Indented:
    blanks: tuple[str, ...] = ()  # blank lines count only if more code follows
    open_line: bool = False


@dataclass(slots=True)
class Html:
    end: str
    ended: bool = False
    tail: str = ""
    open_line: bool = False

    def goes_on(self, line: SourceLine) -> bool:
        return bool(self.end) or not line.blank()

    def look(self, text: str) -> None:
        text = (self.tail if self.open_line else "") + text
        self.ended = self.ended or bool(self.end and re.search(self.end, text, re.IGNORECASE))
        self.tail = text[-LONGEST_END:]


@dataclass(slots=True)
class Math:
    end: str
    ended: bool = False
    tail: str = ""
    open_line: bool = False

    def look(self, text: str) -> None:
        self.tail = ((self.tail if self.open_line else "") + text)[-LONGEST_END:]
        self.ended = self.tail.rstrip().endswith(self.end)


@dataclass(slots=True)
class OpenTable:
    columns: int
    row: tuple[str, ...] = ()  # the parts of an unfinished row


@dataclass(slots=True)
class Paragraph:
    apart: bool
    text: str = ""  # text since the last cut
    started: bool = False  # whether a chunk of it was returned
    glue: str = ""
    scanned: int = 0
    head: int | None = None  # where the last line begins, if it may be the head of a table

    def add(self, line: str, *, headlike: bool) -> None:
        if self.text:
            self.text += "\n"
        self.head = len(self.text) if headlike and "|" in line else None
        self.text += line

    def extend(self, text: str) -> None:
        """Adds text of a long line, which cannot be a head."""
        self.head = None
        self.text += text

    def cut(self) -> list[Piece]:
        """Returns the chunks that are certain."""
        pieces: list[Piece] = []
        while True:
            certain = self.text if self.head is None else self.text[: max(0, self.head - 1)]
            at, self.scanned = next_cut(certain, self.scanned)
            if at is None:
                return pieces
            pieces.append(self._piece(self.text[:at], last=False))
            self.glue = self.text[at] if self.text[at] in " \n" else ""
            at += len(self.glue)
            self.text, self.scanned, self.started = self.text[at:], 0, True
            self.head = None if self.head is None else self.head - at

    def ending(self) -> Piece:
        return self._piece(self.text.rstrip(" \t"), last=True)

    def table_head(self) -> str | None:
        return None if self.head is None else self.text[self.head :]

    def above_head(self) -> Paragraph | None:
        """The paragraph without the last line, if there is more of it."""
        if not self.head:
            return None
        text = self.text[: self.head - 1]
        return Paragraph(self.apart, text, started=self.started, glue=self.glue)

    def _piece(self, text: str, *, last: bool) -> Prose:
        first = not self.started
        return Prose(text, 0, self.apart, first=first, last=last, glue=self.glue)


Verbatim = Fence | Indented | Html | Math
Leaf = Verbatim | OpenTable | Paragraph


def copied(leaf: Leaf) -> Leaf:
    """A copy; takes a sixth of the time of copy.copy, in every frame."""
    return type(leaf)(*[getattr(leaf, name) for name in leaf.__slots__])


def heading_in(text: str) -> tuple[str, int] | None:
    """The text and level of `## a heading ##`."""
    found = ATX.match(text)
    if found is None:
        return None
    return ATX_END.sub("", text[found.end() :]).strip(" \t"), len(found.group(1))


def fence_start(text: str, indent: int) -> Fence | None:
    found = FENCE.match(text)
    if not found:
        return None
    ticks, info, tildes, other = found.groups()
    return Fence(ticks or tildes, indent, (info or other or "").strip())


def html_start(text: str, *, in_text: bool, whole: bool) -> Html | None:
    """The HTML block that begins in this line. A lone tag of any name must be complete, and cannot
    interrupt a paragraph."""
    for begins, end in HTML:
        if begins.match(text):
            return Html(end)
    return Html("") if whole and not in_text and TAG_ALONE.match(text) else None


def delimiter_row(text: str) -> tuple[Align, ...] | None:
    """The alignments in the second line of a table, `|---|:-:|`; None if it is not one."""
    if len(text) < 2 or text[0] not in "|-:" or text[:2] in ("- ", "-\t"):
        return None
    if text.strip("|-: \t"):
        return None
    cells = [cell.strip() for cell in text.removeprefix("|").removesuffix("|").split("|")]
    if not all(DELIMITER.match(cell) for cell in cells):
        return None
    return tuple(_align(cell) for cell in cells)


def _align(cell: str) -> Align:
    if cell.endswith(":"):
        return "center" if cell.startswith(":") else "right"
    return "left" if cell.startswith(":") else ""


def split_row(text: str, columns: int | None = None) -> tuple[str, ...]:
    """The cells of a row; missing ones are empty, surplus ones are dropped."""
    text = text.strip()
    cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", text)]
    if cells and not cells[0] and text.startswith("|"):
        del cells[0]
    if cells and not cells[-1] and text.endswith("|"):
        del cells[-1]
    if columns is None:
        return tuple(cells)
    return tuple((cells + [""] * columns)[:columns])
