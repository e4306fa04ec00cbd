"""The text of a web page, without its machinery."""

from __future__ import annotations

from html.parser import HTMLParser

from llmchat.errors import UsageError
from llmchat.inputs.text import Decoded, Page, decode

SILENT = frozenset(
    ("script", "style", "noscript", "template", "svg", "iframe", "canvas", "nav", "select", "head")
)
BLOCKS = frozenset(
    ("p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "dl", "dt",
     "dd", "table", "tr", "blockquote", "figure", "figcaption", "form", "fieldset", "hr", "body",
     "pre", "details", "summary", "address")
)  # fmt: skip
HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 7)}
TEXT_TYPES = ("json", "xml", "yaml", "toml", "javascript", "x-sh", "sql", "x-www-form-urlencoded")
HTML_TYPES = ("text/html", "application/xhtml+xml")
META_WITHIN = 2048  # bytes: where browsers look for the charset


def page_text(page: Page) -> Decoded:
    """The page as a text; what is no text is an error that names its type."""
    kind = page.media_type.partition(";")[0].strip().lower()
    html = kind in HTML_TYPES or (not kind and _looks_like_html(page.content))
    if kind and not html and not kind.startswith("text/") and not kind.endswith(TEXT_TYPES):
        hint = "download it, then send it with -a"
        raise UsageError(f"{page.url} is {kind}, not a text", hint=hint)
    decoded = _decoded(page)
    text = html_text(decoded.text) if html else decoded.text
    if not text.strip():
        raise UsageError(f"{page.url} holds no text", hint="open it in a browser and copy the text")
    return Decoded(text, decoded.notice)


def html_text(html: str) -> str:
    """Headings, lists and paragraphs as plain text; the title first."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    title = " ".join("".join(reader.title).split())
    body = _tidied("".join(reader.pieces))
    if not title or body.lstrip("# ").startswith(title):
        return body
    return f"# {title}\n\n{body}" if body else title


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.title: list[str] = []
        self._silent: list[str] = []
        self._in_title = False
        self._verbatim = 0

    def parse_html_declaration(self, i: int) -> int:
        """`<![` is a comment as browsers see it; the parent of 3.11 stops with an assertion."""
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._silent.clear()  # a <head> that nobody closed
        self._in_title = tag == "title" and not self.title
        if tag in SILENT:
            self._silent.append(tag)
        elif tag in HEADINGS:
            self.pieces.append("\n\n" + HEADINGS[tag])
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in ("td", "th"):
            self.pieces.append("\t")
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in BLOCKS:
            self.pieces.append("\n\n" if tag != "tr" else "\n")
            self._verbatim += tag == "pre"
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag in BLOCKS or tag in HEADINGS:
            self._verbatim -= tag == "pre" and self._verbatim > 0
            self.pieces.append("\n\n" if tag != "tr" else "")
        self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._silent:
            self.pieces.append(data.replace("\n", "\n\x00") if self._verbatim else _flat(data))


def _flat(data: str) -> str:
    """Runs of white space are one blank; those at the edges count, because tags stand there."""
    words = " ".join(data.split())
    if not words:
        return " " if data else ""
    return f"{' ' * data[0].isspace()}{words}{' ' * data[-1].isspace()}"


def _tidied(text: str) -> str:
    """One blank line at most; a line of <pre> (marked) keeps its blanks."""
    lines: list[str] = []
    for line in text.split("\n"):
        kept = line[1:].rstrip() if line.startswith("\x00") else line.replace("\x00", "").strip()
        if kept or (lines and lines[-1]):
            lines.append(kept)
    return "\n".join(lines).strip()


def _decoded(page: Page) -> Decoded:
    charset = _charset(page.media_type) or _charset(
        page.content[:META_WITHIN].decode("ascii", "replace")
    )
    if charset:
        try:
            return Decoded(page.content.decode(charset, errors="replace"))
        except LookupError:
            pass  # a charset nobody knows: guess
    return decode(page.content, page.url)


def _charset(text: str) -> str:
    _, found, rest = text.lower().partition("charset=")
    if not found:
        return ""
    name = rest.lstrip("\"' ")
    end = next((i for i, c in enumerate(name) if not (c.isalnum() or c in "-_.:")), len(name))
    return name[:end]


def _looks_like_html(content: bytes) -> bool:
    head = content[:512].lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html"))
