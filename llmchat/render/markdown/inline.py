"""What stands inside a line: Markdown's inline markup as styled spans.

Markdown decodes `&#27;` itself, so every text is cleaned after it was parsed, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

from llmchat.render.clean import clean
from llmchat.render.markdown.pieces import Span

MARKUP = frozenset("\\`*_[]<>&!~$\n")
BREAKS = ("<br>", "<br/>", "<br />")
MARKS = {"markdown.strong": "**", "markdown.em": "*", "markdown.s": "~~", "markdown.code": "`"}
STYLED = {"strong": "markdown.strong", "em": "markdown.em", "s": "markdown.s"}
LINE_END = "\n"
CJK = ((0x2E80, 0xA4CF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))


class Inline:
    """Reads inline markup; with `marks` Markdown's own stay, where nothing can be bold."""

    def __init__(self, *, marks: bool = False) -> None:
        self._marks = marks

    def spans(self, text: str, *base: str) -> list[Span]:
        """A line end is a span of its own, as the writer's line ends are kept."""
        if MARKUP.isdisjoint(text):
            return [Span(clean(text), base)] if text else []
        parser, tokens = _parser(), list[Token]()
        parser.inline.parse(text, parser, {}, tokens)
        return _Speaker(list(base), marks=self._marks).speak(tokens)


@dataclass(slots=True)
class _Speaker:
    """Walks over the tokens of one text."""

    styles: list[str]
    marks: bool
    spans: list[Span] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)  # target, where its text begins

    def speak(self, tokens: list[Token]) -> list[Span]:
        for token in tokens:
            self._token(token)
        return self.spans

    def _say(self, text: str, *extra: str) -> None:
        if text:
            self.spans.append(Span(clean(text), (*self.styles, *extra)))

    def _token(self, token: Token) -> None:
        name, _, side = token.type.rpartition("_")
        if token.type in ("softbreak", "hardbreak"):
            self.spans.append(Span(LINE_END))
        elif name in STYLED:
            self._toggle(STYLED[name], opening=side == "open")
        elif token.type == "code_inline":
            mark = self._mark("markdown.code")
            self._say(mark + token.content + mark, "markdown.code")
        elif name == "link":
            self._link(token, opening=side == "open")
        elif token.type == "image":
            self._say(token.content or "image", "markdown.link")
            self._say(f" ({token.attrs.get('src', '')})", "markdown.link_url")
        elif token.type == "html_inline" and token.content.lower() in BREAKS:
            self.spans.append(Span(LINE_END))
        else:
            html = token.type == "html_inline"
            self._say(token.content, *(("markdown.html",) if html else ()))

    def _mark(self, style: str) -> str:
        return MARKS[style] if self.marks else ""

    def _toggle(self, style: str, *, opening: bool) -> None:
        if opening:
            self.styles.append(style)
        self._say(self._mark(style))
        if not opening:
            self.styles.remove(style)

    def _link(self, token: Token, *, opening: bool) -> None:
        """The target stands beside the text, unless the text says the same."""
        if opening:
            self.links.append((str(token.attrs.get("href", "")), len(self.spans)))
            self.styles.append("markdown.link")
            return
        self.styles.remove("markdown.link")
        target, start = self.links.pop()
        shown = "".join([span.text for span in self.spans[start:]])
        if clean(target) not in (shown, "mailto:" + shown):
            self._say(f" ({target})" if shown else target, "markdown.link_url")


@cache
def _parser() -> MarkdownIt:
    """Made with the first markup, and one for all: it keeps nothing of what it read."""
    parser = MarkdownIt("commonmark").enable("strikethrough")
    parser.inline.ruler.before("escape", "math", _math)
    parser.inline.ruler.at("emphasis", _emphasis)
    unchanged: Callable[[str], str] = str
    parser.normalizeLink = unchanged  # type: ignore[assignment]  # targets as they were written,
    parser.normalizeLinkText = unchanged  # type: ignore[assignment]  # and so <https://xn--...>
    return parser


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Chinese and Japanese set no blanks, so `**“词”**的` is bold although the standard says no."""
    known, start = len(state.delimiters), state.pos
    if not emphasis.tokenize(state, silent):
        return False
    before, after = state.src[:start][-1:], state.src[state.pos : state.pos + 1]
    if not is_cjk(before) and not is_cjk(after):
        return True
    opens, closes = bool(after.strip()), bool(before.strip())
    for delimiter in state.delimiters[known:]:
        if delimiter.marker == ord("*"):
            delimiter.open, delimiter.close = delimiter.open or opens, delimiter.close or closes
    return True


def is_cjk(char: str) -> bool:
    return not char.isascii() and any(first <= ord(char) <= last for first, last in CJK)


def _math(state: StateInline, silent: bool) -> bool:
    """A formula stays as it was written: its backslashes, stars and lines are no Markdown."""
    end = _math_end(state.src, state.pos)
    if end is None:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _math_end(text: str, at: int) -> int | None:
    for begin, end in (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")):
        if text.startswith(begin, at):
            found = text.find(end, at + 2)
            return None if found < 0 else found + 2
    return _dollars(text, at) if text.startswith("$", at) else None


def _dollars(text: str, at: int) -> int | None:
    """`$x$`, but not `$5 and $6`: tight on both sides and no digit after it."""
    found = text.find("$", at + 1)
    if found < 0 or found == at + 1 or "\n\n" in text[at:found]:
        return None
    tight = not text[at + 1].isspace() and not text[found - 1].isspace()
    return found + 1 if tight and not text[found + 1 : found + 2].isdigit() else None
