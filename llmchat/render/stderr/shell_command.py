"""Draws a command that a model wrote: highlighted, with its dangers marked and explained.

Every character is shown, invisible ones by their code points; nothing is wrapped or cut, so that
what is selected with the mouse is the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from llmchat.language import msg, translated
from llmchat.render.clean import clean, clean_line
from llmchat.render.fold import hanging
from llmchat.render.markdown.highlight import highlighter
from llmchat.render.plain import write_whole
from llmchat.render.terminal.console import console_for
from llmchat.render.width import cut

if TYPE_CHECKING:
    from llmchat.render.terminal.screen import Screen
    from llmchat.shell_command.danger import Danger
    from llmchat.shell_command.suggestion import Suggestion

EXCERPT = 24  # cells of the marked place that are quoted before the reason
INDENT = "  "
MARK = Style(underline=True, bold=True)
Picture = Sequence[Segment]


class CommandView:
    """Draws on one terminal; `lexer` is the highlighter's name for the shell's language."""

    def __init__(self, screen: Screen, theme: str, lexer: str) -> None:
        self._screen = screen
        self._console = console_for(screen, theme)
        self._lexer = lexer

    def picture(self, suggestion: Suggestion, menu: str) -> Picture:
        """Draws the commands, their dangers and the keys; the cursor stays after them."""
        several = len(suggestion.commands) > 1
        segments = [Segment("\n")]
        if several:
            count = len(suggestion.commands)
            segments += self._lines(
                msg("{count} commands instead of one: none of them will be run", count=count)
            )
        segments += self._commands(suggestion, numbered=several)
        for danger in suggestion.dangers:
            segments += self._reason(suggestion, danger)
        if suggestion.hides:
            segments += self._lines(
                msg("not run: what you see is not what would run; e fixes that")
            )
        return [*segments, *self._lines(menu, style="hint", end=" ")]

    def write(self, picture: Picture) -> None:
        self._console.write(picture)

    def end_line(self) -> None:
        self.write([Segment("\n")])

    def exact(self, sequence: str) -> None:
        """Writes a sequence of our own for the terminal unchanged."""
        write_whole(self._screen.stream, sequence, tty=True)

    def _commands(self, suggestion: Suggestion, *, numbered: bool) -> Iterator[Segment]:
        at = 0
        for number, command in enumerate(suggestion.commands, start=1):
            lead = f"{INDENT}{number}  " if numbered else INDENT
            highlight = highlighter(self._lexer)
            for line in command.split("\n"):
                yield Segment(lead)
                styles = self._styles(line, highlight.line(line))
                yield from self._marked(line, styles, suggestion.dangers, at)
                yield Segment("\n")
                at += len(line) + 1
                lead = " " * len(lead)
        yield Segment("\n")

    def _styles(self, line: str, spans: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
        """The style of each character; none if some are replaced by their code points."""
        styles = [names[-1] for text, names in spans for _ in text]
        return styles if len(styles) == len(line) and clean(line) == line else [""] * len(line)

    def _marked(
        self, line: str, styles: Sequence[str], dangers: Sequence[Danger], offset: int
    ) -> Iterator[Segment]:
        def kind(index: int) -> tuple[str, bool, bool]:
            here = [d for d in dangers if d.start <= offset + index < d.end]
            return styles[index], bool(here), any(d.hides for d in here)

        for (name, marked, hides), places in groupby(range(len(line)), key=kind):
            text = "".join(_shown(line[i], hides=hides) for i in places)
            style = self._console.get_style(name, default="") if name else Style()
            if marked:
                style = self._console.get_style("warning") + MARK
            yield Segment(text, style)

    def _reason(self, suggestion: Suggestion, danger: Danger) -> Iterator[Segment]:
        place = suggestion.text[danger.start : danger.end]
        shown = "".join(_shown(c, hides=danger.hides) for c in place)
        place = cut(" ".join(clean_line(shown).split()), EXCERPT)
        text = msg("{place}: {why}", place=place, why=danger.reason) if place else danger.reason
        yield from self._lines(text, first="! ", style="warning")

    def _lines(
        self, text: str, *, first: str = "", style: str = "", end: str = "\n"
    ) -> Iterator[Segment]:
        columns = self._screen.size()[0]
        lines = hanging(INDENT + first, translated(text), columns, indent=len(INDENT + first))
        drawn = self._console.get_style(style) if style else None
        for number, line in enumerate(lines, start=1):
            yield Segment(line, drawn)
            yield Segment("\n" if number < len(lines) else end)


def _shown(char: str, *, hides: bool) -> str:
    """The character, or its code point if it is hidden."""
    shown = clean(char) if char != "\t" else "^I"
    plain = not hides or " " < char <= "~" or shown != char
    return shown if plain else f"<U+{ord(char):04X}>"
