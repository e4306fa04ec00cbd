"""Styles by name, symbols, and the characters that a terminal's encoding supports."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.segment import Segment
from rich.style import Style

from llmchat.render.clean import clean
from llmchat.render.encoding import as_shown
from llmchat.render.markdown.pieces import Span
from llmchat.render.terminal.screen import Screen


@dataclass(frozen=True, slots=True)
class Signs:
    bullet: str = "•"
    quote: str = "│ "
    rule: str = "─"
    column: str = " │ "
    crossing: str = "─┼─"
    done: str = "☑ "
    undone: str = "☐ "


ASCII = Signs("*", "| ", "-", " | ", "-+-", "[x] ", "[ ] ")


class Look:
    """Converts names of styles into the console's; without `attributes` there is no bold, and
    Markdown keeps its marks."""

    def __init__(self, console: Console, screen: Screen) -> None:
        self.attributes = screen.attributes
        self.signs = _signs(screen.encoding)
        self._console, self._encoding = console, screen.encoding
        self._styles: dict[tuple[str, ...], Style | None] = {}

    def style(self, *names: str) -> Style | None:
        """The combined style of these names; cached, so that equal names give the same object."""
        try:
            return self._styles[names]
        except KeyError:
            styles = [self._console.get_style(name, default="none") for name in names]
            return self._styles.setdefault(names, sum(styles, Style.null()) or None)

    def segment(self, text: str, *names: str) -> Segment:
        """A segment of text that is already clean."""
        return Segment(text, self.style(*names))

    def segments(self, spans: list[Span]) -> list[Segment]:
        known, style, fit = self._styles, self.style, self._fit
        return [
            Segment(fit(text), known[names] if names in known else style(*names))
            for text, names in spans
        ]

    def show(self, text: str) -> str:
        """Foreign text, cleaned for this terminal."""
        if text.isascii() and text.isprintable():
            return text
        return self._fit(clean(text))

    def _fit(self, text: str) -> str:
        return text if self._encoding == "utf-8" else as_shown(text, self._encoding)


def _signs(encoding: str) -> Signs:
    try:
        "•│─┼☑☐".encode(encoding)
    except UnicodeEncodeError:
        return ASCII
    return Signs()
