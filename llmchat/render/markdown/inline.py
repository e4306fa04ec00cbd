"""Parses Markdown's inline markup into styled spans.

Markdown decodes `&#27;` itself, so text is cleaned after parsing, not before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmchat.render.clean import clean
from llmchat.render.markdown.pieces import Span

if TYPE_CHECKING:
    from markdown_it.token import Token

MARKUP = frozenset("\\`*_[]<>&!~$\n")
BREAKS = ("<br>", "<br/>", "<br />")
MARKS = {"markdown.strong": "**", "markdown.em": "*", "markdown.s": "~~", "markdown.code": "`"}
STYLED = {"strong": "markdown.strong", "em": "markdown.em", "s": "markdown.s"}
LINE_END = "\n"


class Inline:
    """Parses inline markup; `marks` keeps the Markdown marks, for terminals without bold."""

    def __init__(self, *, marks: bool = False) -> None:
        self._marks = marks

    def spans(self, text: str, *base: str) -> list[Span]:
        """The spans of a text; each line end is a span of its own, because the writer's line ends
        are kept."""
        if MARKUP.isdisjoint(text):
            return [Span(clean(text), base)] if text else []
        from llmchat.render.markdown.parser import inline_tokens  # markdown-it: 30 ms

        return _Speaker(list(base), marks=self._marks).speak(inline_tokens(text))


@dataclass(slots=True)
class _Speaker:
    """Converts the tokens of one text into spans."""

    styles: list[str]
    marks: bool
    spans: list[Span] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)  # target, and where its text begins

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
        """Shows a link's target after its text, unless they are equal."""
        if opening:
            self.links.append((str(token.attrs.get("href", "")), len(self.spans)))
            self.styles.append("markdown.link")
            return
        self.styles.remove("markdown.link")
        target, start = self.links.pop()
        shown = "".join([span.text for span in self.spans[start:]])
        if clean(target) not in (shown, "mailto:" + shown):
            self._say(f" ({target})" if shown else target, "markdown.link_url")
