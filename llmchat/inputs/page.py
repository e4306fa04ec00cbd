"""Converts a web page to text: title, headings, lists and paragraphs, without scripts and menus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from llmchat.errors import UsageError
from llmchat.inputs.text import Decoded, WebPage, decode
from llmchat.language import msg

SILENT = frozenset(
    ("script", "style", "noscript", "template", "svg", "iframe", "canvas", "nav", "select", "head")
)
BLOCKS = frozenset(
    ("p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "dl", "dt",
     "dd", "table", "blockquote", "figure", "figcaption", "form", "fieldset", "hr", "body",
     "pre", "details", "summary", "address")
)  # fmt: skip
MARKS = {"li": "\n- ", "tr": "\n", "td": "\t", "th": "\t", "br": "\n"}
HEADINGS = {f"h{n}": "\n\n" + "#" * n + " " for n in range(1, 7)}
TEXT_TYPES = ("json", "xml", "yaml", "toml", "javascript", "x-sh", "sql", "x-www-form-urlencoded")
HTML_TYPES = ("text/html", "application/xhtml+xml")
MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*>?|"
    r"<(?P<ends>/?)(?P<tag>[A-Za-z][^\s/>]*)(?P<rest>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>?",
    re.DOTALL,
)
ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
RAW = {  # inside these elements nothing is a tag
    tag: re.compile(rf"</{tag}\b", re.IGNORECASE) for tag in ("script", "style", "title")
}
LINES = re.compile(r"[^\n]*\n?")
OPENS = re.compile(r"<(?=/?[A-Za-z]|[!?])")  # any other `<` is text
# Charsets of web pages. Python knows more, some of which take minutes (punycode, idna).
CHARSETS = re.compile(
    r"utf-?(8|16|16-?[lb]e|32)|(us-)?ascii|latin-?1|iso-?8859-?\d{1,2}|(windows-|cp)\d{3,4}|koi8-?[ru]|"
    r"mac-?cyrillic|gbk|gb2312|gb18030|hz-gb-2312|big5(-hkscs)?|euc-?(jp|kr)|shift[-_]?jis|sjis|"
    r"iso-?2022-?(jp|kr)|tis-620",
)
META_WITHIN = 2048  # bytes; browsers look for the charset there


DIGITS = re.compile(r"(?<=&#)(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,})")


def page_text(page: WebPage) -> Decoded:
    """The page's text; raises an error that names its type if it is not text."""
    kind = page.media_type.partition(";")[0].strip().lower()
    html = kind in HTML_TYPES or (not kind and _looks_like_html(page.content))
    if kind and not html and not kind.startswith("text/") and not kind.endswith(TEXT_TYPES):
        hint = msg("download it and send it with -a")
        raise UsageError(msg("{url} is {kind}, not text", url=page.url, kind=kind), hint=hint)
    decoded = _decoded(page)
    text = html_text(decoded.text) if html else decoded.text
    if not text.strip():
        raise UsageError(
            msg("{url} contains no text", url=page.url),
            hint=msg("open it in a browser and copy the text"),
        )
    return Decoded(text, decoded.notice)


def html_text(html: str) -> str:
    """Title, headings, lists and paragraphs as plain text."""
    reader = _Reader()
    for token in _tokens(html):
        reader.take(token)
    title = " ".join("".join(reader.title).split())
    body = _tidied("".join(reader.pieces))
    if not title or body.lstrip("# ").startswith(title):
        return body
    return f"# {title}\n\n{body}" if body else title


class _Token(NamedTuple):
    """A piece of text, or a tag; `ends` for `</...>`."""

    text: str = ""
    tag: str = ""
    ends: bool = False


def _tokens(html: str) -> Iterator[_Token]:
    """Splits HTML in linear time, whatever the page contains: html.parser took 20 s for 200 kB of
    open tags, and in Python 3.11 fails at `<![`."""
    at = 0
    while at < len(html):
        opened = OPENS.search(html, at)
        start = opened.start() if opened else len(html)
        if start > at:
            yield _Token(_unescaped(html[at:start]))
        found = MARKUP.match(html, start)
        if found is None:
            at = start + 1
            yield _Token(html[start:at])
            continue
        at = found.end()
        tag = (found["tag"] or "").lower()
        if tag:
            yield _Token(_alt(found["rest"]) if tag == "img" else "", tag, bool(found["ends"]))
        if tag in RAW and not found["ends"]:
            end = RAW[tag].search(html, at)
            if tag == "title" and end:
                yield _Token(_unescaped(html[at : end.start()]))
            at = end.start() if end else len(html)


def _alt(attributes: str) -> str:
    found = ALT.search(attributes)
    return _unescaped(found[1] or found[2] or found[3] or "") if found else ""


def _unescaped(text: str) -> str:
    """Replaces character references; a long number is shortened, because Python refuses to convert
    5,000 digits."""
    return unescape(DIGITS.sub("99999999", text))


class _Reader:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.title: list[str] = []
        self._silent: Counter[str] = Counter()
        self._in_title = False
        self._verbatim = 0

    def take(self, token: _Token) -> None:
        if not token.tag:
            self._text(token.text)
        elif token.ends:
            self._end(token.tag)
        else:
            self._start(token.tag)
            self._text(token.text)

    def _start(self, tag: str) -> None:
        if tag == "body":
            self._silent.clear()  # a <head> that was not closed
        self._in_title = tag == "title" and not self.title and set(self._silent) <= {"head"}
        if tag in SILENT:
            self._silent[tag] += 1
        elif tag in HEADINGS:
            self.pieces.append(HEADINGS[tag])
        elif tag in MARKS:
            self.pieces.append(MARKS[tag])
        elif tag in BLOCKS:
            self.pieces.append("\n\n")
            self._verbatim += tag == "pre"

    def _end(self, tag: str) -> None:
        if tag in self._silent:
            self._silent[tag] -= 1
            self._silent += Counter()  # drops zero counts
        elif tag in BLOCKS or tag in HEADINGS:
            self._verbatim -= tag == "pre" and self._verbatim > 0
            self.pieces.append("\n\n")
        self._in_title = False

    def _text(self, text: str) -> None:
        if self._in_title:
            self.title.append(text)
        elif not self._silent:
            self.pieces.append(text.replace("\n", "\n\x00") if self._verbatim else _flat(text))


def _flat(data: str) -> str:
    """Collapses white space to single blanks, also at the edges, where tags were."""
    words = " ".join(data.split())
    if not words:
        return " " if data else ""
    return f"{' ' * data[0].isspace()}{words}{' ' * data[-1].isspace()}"


def _tidied(text: str) -> str:
    """Removes repeated blank lines; lines of <pre> (marked) keep their blanks.

    Lines are read one by one, because a list of millions of them takes far more memory than the
    page.
    """
    lines: list[str] = []
    for found in LINES.finditer(text):
        line = found[0]
        kept = line[1:].rstrip() if line.startswith("\x00") else line.replace("\x00", "").strip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip()


def _decoded(page: WebPage) -> Decoded:
    charset = _charset(page.media_type) or _charset(
        page.content[:META_WITHIN].decode("ascii", "replace")
    )
    if charset:
        try:
            return Decoded(page.content.decode(charset, errors="replace"))
        except (LookupError, UnicodeError):
            pass  # an unknown charset: guess
    return decode(page.content, page.url)


def _charset(text: str) -> str:
    _, found, rest = text.lower().partition("charset=")
    if not found:
        return ""
    name = rest.lstrip("\"' ")
    end = next((i for i, c in enumerate(name) if not (c.isalnum() or c in "-_.:")), len(name))
    return name[:end] if CHARSETS.fullmatch(name[:end]) else ""


def _looks_like_html(content: bytes) -> bool:
    head = content[:512].lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html"))
