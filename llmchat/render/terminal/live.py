"""Rich's live display over growing Markdown: open rows are repainted, settled ones scroll away.

Rich's own `Live` draws its whole content with each refresh; this one writes what differs, and what
others print with the same console comes to stand above the open rows.
"""

from __future__ import annotations

from rich.console import Console, ConsoleRenderable
from rich.live import Live
from rich.segment import ControlCode, ControlType, Segment, Segments

from llmchat.render.clean import guarded
from llmchat.render.terminal.console import TerminalConsole, console_for
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.paint import Painter
from llmchat.render.terminal.picture import Picture
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.wrap import Row

# For Rich a control, which it neither measures nor crops.
PLACED: list[ControlCode] = [(ControlType.CURSOR_MOVE_TO_COLUMN, 0)]


class LiveMarkdown(Live):
    """Takes text cut anywhere, and draws it frame by frame on the clock of its caller."""

    console: TerminalConsole

    def __init__(self, screen: Screen, theme: str = "auto") -> None:
        super().__init__(
            console=console_for(screen, theme),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        columns, _ = screen.size()
        self._terminal = screen
        self._picture = Picture(look_for(self.console, screen), columns)
        self._painter = Painter(columns)
        self._open: list[Row] = []
        self._fed: list[str] = []  # since the last frame

    def feed(self, text: str) -> None:
        self._fed.append(text)

    def frame(self, *, last: bool = False) -> None:
        """Open rows are never taller than the screen: their end is shown."""
        columns, height = self._terminal.size()
        moves = self._resized(columns, height)
        self._picture.feed("".join(self._fed))
        self._fed.clear()
        if last:
            self._picture.finish()
        settled = self._picture.settled()
        if not self._terminal.cursor:
            self._print(settled)
            return
        self._open = [] if last else self._picture.open()[-max(1, height - 1) :]
        self._write(moves + self._painter.frame(settled, self._open))

    def leave(self) -> None:
        """Open rows gone, the cursor below what is settled; the next frame begins there."""
        self._write(self._painter.leave())

    def end(self) -> None:
        """Everything settled, the cursor on a line of its own."""
        self.frame(last=True)
        self.leave()

    def invalidate(self) -> None:
        self._painter.invalidate()

    def refresh(self) -> None:
        """Nothing: frames are drawn by `frame`, when there is something new."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """What others print stands above the open rows."""
        above = Segments(self._painter.leave())
        below = self._painter.frame([], self._open)
        return [above, *renderables, Segments([Segment(t, s, PLACED) for t, s, _ in below])]

    def _resized(self, columns: int, height: int) -> list[Segment]:
        if self._painter.fits(columns, height):
            return []
        self._picture.resize(columns)
        self.console.size = (columns, height)
        return self._painter.resize(columns, height) if self._terminal.cursor else []

    def _write(self, segments: list[Segment]) -> None:
        if segments:
            self.console.write(segments)

    def _print(self, rows: list[Row]) -> None:
        """For a terminal on which nothing can be repainted: each row once."""
        if rows:
            hard = [row._replace(soft=False) for row in rows]
            self.console.print(Segments(joined(hard)), soft_wrap=True, end="")


def joined(rows: list[Row]) -> list[Segment]:
    """Rows which only go on from the one before are left to the terminal to fold."""
    out: list[Segment] = []
    for index, row in enumerate(rows):
        if index and not row.soft:
            out.append(Segment.line())
        out += [Segment(guarded(text), style) for text, style, _ in row.segments]
    return [*out, Segment.line()] if rows else []


def render_once(markdown: str, screen: Screen, theme: str = "auto") -> str:
    """The whole answer as text for that screen, or without colours for a file."""
    console = console_for(screen, theme)
    columns, _ = screen.size()
    picture = Picture(look_for(console, screen), columns)
    picture.feed(markdown)
    picture.finish()
    with console.capture() as capture:
        console.print(Segments(joined(picture.settled())), soft_wrap=True, end="")
    return capture.get()


def look_for(console: Console, screen: Screen) -> Look:
    return Look(console, attributes=screen.attributes, encoding=screen.encoding)
