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
    """Turns names of styles into the console's; without `attributes` nothing can be bold, and
    Markdown keeps its marks."""

    def __init__(self, console: Console, screen: Screen) -> None:
        self.attributes = screen.attributes
        self.signs = _signs(screen.encoding)
        self._console, self._encoding = console, screen.encoding
        self._styles: dict[tuple[str, ...], Style | None] = {}

    def style(self, *names: str) -> Style | None:
        """The styles of these names on top of each other; the same object for the same names."""
        try:
            return self._styles[names]
        except KeyError:
            styles = [self._console.get_style(name, default="none") for name in names]
            return self._styles.setdefault(names, sum(styles, Style.null()) or None)

    def segment(self, text: str, *names: str) -> Segment:
        """Text that is clean already."""
        return Segment(text, self.style(*names))

    def segments(self, spans: list[Span]) -> list[Segment]:
        known, style, fit = self._styles, self.style, self._fit
        return [
            Segment(fit(text), known[names] if names in known else style(*names))
            for text, names in spans
        ]

    def show(self, text: str) -> str:
        """Foreign text as this terminal may get it."""
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
