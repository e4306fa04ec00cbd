"""How things look: the colours of each theme as SGR parameters, and the signs a terminal can show.

Only the sixteen ANSI colours: the terminal's own palette makes them readable, the theme says
which of them are. `auto` keeps to those that read on dark and on light ground.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llmchat.render.clean import clean

Theme = Literal["auto", "dark", "light"]
Styles = dict[str, str]

ATTRIBUTES: Styles = {
    "strong": "1",
    "em": "3",
    "strike": "9",
    "dim": "2",
    "link": "4",
    "code": "",
    "heading1": "1;4",
    "heading": "1",
    "head": "1",
    "comment": "2",
    "keyword": "1",
}
COLOURS: dict[Theme, Styles] = {
    "auto": {
        "code": "36",
        "heading1": "1;4;35",
        "heading": "1;35",
        "keyword": "35",
        "string": "32",
        "number": "36",
        "name": "1",
        "builtin": "36",
        "decorator": "35",
        "removed": "31",
    },
    "dark": {
        "code": "96",
        "heading1": "1;4;95",
        "heading": "1;95",
        "keyword": "95",
        "string": "92",
        "number": "96",
        "name": "94",
        "builtin": "96",
        "decorator": "93",
        "removed": "91",
    },
    "light": {
        "code": "34",
        "heading1": "1;4;35",
        "heading": "1;35",
        "keyword": "35",
        "string": "32",
        "number": "34",
        "name": "1",
        "builtin": "34",
        "decorator": "31",
        "removed": "31",
    },
}


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


@dataclass(frozen=True, slots=True)
class Look:
    """`encoding` is what the terminal can hold; without `attributes` Markdown keeps its marks."""

    styles: Styles = field(default_factory=dict)
    signs: Signs = ASCII
    encoding: str = "utf-8"
    attributes: bool = False

    def style(self, *names: str) -> str:
        return ";".join(filter(None, [self.styles.get(name, "") for name in names]))

    def show(self, text: str) -> str:
        """Foreign text as this terminal may get it."""
        if text.isascii() and text.isprintable():
            return text
        return self.fit(clean(text))

    def fit(self, text: str) -> str:
        """`text` with a question mark for what the encoding does not hold."""
        if self.encoding == "utf-8":
            return text
        return text.encode(self.encoding, "replace").decode(self.encoding, "replace")


def look(theme: Theme, *, attributes: bool, colour: bool, encoding: str = "utf-8") -> Look:
    styles = ATTRIBUTES | (COLOURS[theme] if colour else {}) if attributes else {}
    return Look(styles, _signs(encoding), encoding, attributes)


def _signs(encoding: str) -> Signs:
    try:
        "•│─┼☑☐".encode(encoding)
    except UnicodeEncodeError:
        return ASCII
    return Signs()
