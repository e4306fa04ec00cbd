"""The Rich console that draws everything on a terminal, and the guard that it writes to.

Rich guesses nothing: size, colours and capabilities come from our Screen. Foreign text is cleaned
before it becomes a Segment or Text; the guard is a second check, which passes only text and the
sequences that we use ourselves.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import NoReturn, TextIO, cast

from rich.console import Console
from rich.segment import Segment
from rich.theme import Theme

from llmchat.render.clean import guarded
from llmchat.render.plain import write_whole
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.theme import theme_named

# Colours and attributes, cursor up, to a column, erase a line or everything below; and line ends.
OURS = re.compile(r"(\x1b\[[0-9;]*m|\x1b\[(?:\d*[AG]|[012]?K|J)|\r\n|\n|\r)")
BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"  # what is between them is shown at once


class TerminalConsole(Console):
    """A Rich console that lets its caller handle a broken pipe."""

    def on_broken_pipe(self) -> NoReturn:
        """Raises the error; Rich would end the process."""
        raise BrokenPipeError

    def write(self, segments: Iterable[Segment]) -> None:
        """Writes segments unchanged: `print` would measure, wrap and crop what is already laid
        out."""
        self.file.write(self._render_buffer(segments))

    def show_cursor(self, show: bool = True) -> bool:
        """Does nothing: no mode is set that might be left on."""
        return False


class Guard(io.TextIOBase):
    """The file that Rich writes to: drops all control sequences but ours, and replaces characters
    that the encoding lacks by `?`. After an error it accepts nothing, because Rich would repeat
    what it could not write."""

    def __init__(self, stream: TextIO, *, synchronized: bool = False) -> None:
        self._stream = stream
        self._synchronized = synchronized
        self.broken = False

    def write(self, text: str) -> int:
        if self.broken or not text:
            return len(text)
        bare = OURS.sub("", text)
        out = text if guarded(bare) is bare else _allowed(text)
        try:
            write_whole(self._stream, f"{BEGIN}{out}{END}" if self._synchronized else out, tty=True)
        except OSError:
            self.broken = True
            raise
        return len(text)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # Rich asks for it; a method in typeshed's eyes
        return getattr(self._stream, "encoding", None) or "utf-8"


def _allowed(text: str) -> str:
    parts = OURS.split(text)
    parts[::2] = [guarded(part) for part in parts[::2]]
    return "".join(parts)


def console_for(screen: Screen, theme: str | Theme = "auto") -> TerminalConsole:
    """A console; `theme` is the setting's value, or a theme that was already read."""
    if isinstance(theme, str):
        theme = theme_named(theme, colour=screen.colour)
    columns, rows = screen.size()
    return TerminalConsole(
        file=cast("TextIO", Guard(screen.stream, synchronized=screen.synchronized)),
        theme=theme,
        width=columns,
        height=rows,
        color_system=screen.palette if screen.attributes else None,
        no_color=not screen.colour,
        force_terminal=screen.cursor,
        force_interactive=screen.cursor,
        legacy_windows=False,
        safe_box=False,
        markup=False,
        emoji=False,
        highlight=False,
        highlighter=None,
        _environ={},
    )
