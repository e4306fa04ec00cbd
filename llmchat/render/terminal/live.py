"""A Rich live display of growing Markdown: open rows are repainted, finished ones scroll away.

Rich's own `Live` draws its whole content at each refresh; this one writes only differences, and
what others print on the same console appears above the open rows.

Why: docs/decisions/0027-rich-draws.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.console import ConsoleRenderable
from rich.live import Live
from rich.segment import ControlCode, ControlType, Segment, Segments

from llmchat.render.clean import Cleaner, guarded
from llmchat.render.markdown.pieces import Prose
from llmchat.render.markdown.prose import closed
from llmchat.render.markdown.reader import Blocks
from llmchat.render.terminal.console import TerminalConsole, console_for
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.page import Page
from llmchat.render.terminal.paint import Painter
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.wrap import Row, Words

# Takes columns, returns lines with their styles.
Footer = Callable[[int], Sequence[tuple[str, str]]]

DOUBTFUL = frozenset("`~#-*_+=>|$ \t0123456789.)")  # may begin the mark of a block
LONGEST_DOUBT = 4
# A control for Rich, which it neither measures nor crops.
PLACED: list[ControlCode] = [(ControlType.CURSOR_MOVE_TO_COLUMN, 0)]


class LiveMarkdown(Live):
    """Takes text split anywhere, and draws a frame whenever its caller asks."""

    console: TerminalConsole

    def __init__(
        self, screen: Screen, theme: str = "auto", *, footer: Footer | None = None
    ) -> None:
        super().__init__(
            console=console_for(screen, theme),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        columns, _ = screen.size()
        self._terminal = screen
        self._look = Look(self.console, screen)
        self._picture = Picture(self._look, columns)
        self._painter = Painter(columns)
        self._footer = footer  # below the open rows, and removed at the end
        self._growing: list[Row] = []  # rows of the answer that may change
        self._open: list[Row] = []  # those of them that are on the screen, and the footer
        self._fed: list[str] = []  # text since the last frame

    def feed(self, text: str) -> None:
        self._fed.append(text)

    def think(self, text: str) -> None:
        """Adds reasoning, which is shown above the answer."""
        self._picture.think(text)
        self._fed.append("")

    def frame(self, *, last: bool = False) -> None:
        """Draws a frame. Open rows are never taller than the screen: the last ones are shown."""
        columns, height = self._terminal.size()
        moves = self._resized(columns, height)
        is_new = bool(self._fed or moves)
        if self._fed:
            self._picture.feed("".join(self._fed))
            self._fed.clear()
        if last:
            self._picture.finish()
        settled = self._picture.settled()
        if not self._terminal.cursor:
            self._print(settled)
            return
        if is_new:
            self._growing = self._picture.open()
        below = self._foot(columns) if self._footer else []
        self._open = [] if last else self._growing[-max(1, height - 1 - len(below)) :] + below
        self._write(moves + self._painter.frame(settled, self._open))

    def _foot(self, columns: int) -> list[Row]:
        lines = self._footer(columns) if self._footer else ()
        rows = [Row((self._look.segment(text, style),)) for text, style in lines if text]
        return [Row(), *rows] if rows and self._picture.has_begun else rows

    def leave(self) -> None:
        """Erases the open rows and puts the cursor below the settled ones; the next frame begins
        there."""
        self._write(self._painter.leave())

    def end(self) -> None:
        """Settles all rows, and puts the cursor on a line of its own."""
        self.frame(last=True)
        self.leave()

    def invalidate(self) -> None:
        self._painter.invalidate()

    def refresh(self) -> None:
        """Does nothing: `frame` draws, when there is something new."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Puts what others print above the open rows."""
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
        """Writes each row once, for a terminal on which nothing can be repainted."""
        if rows:
            hard = [row._replace(soft=False) for row in rows]
            self.console.print(Segments(joined(hard)), soft_wrap=True, end="")


class Picture:
    """Lays out text split anywhere; `width` may change between frames."""

    def __init__(self, look: Look, width: int) -> None:
        self._blocks = Blocks()
        self._page = Page(look, width)
        self._look = look
        self._cleaner = Cleaner()
        self._thoughts: Words | None = None
        self.has_begun = False

    def think(self, text: str) -> None:
        """Adds reasoning, dim and separated from the answer that follows."""
        if self._thoughts is None:
            self._thoughts = Words(self._page.width)
        self._thoughts.width = self._page.width
        self._thoughts.add(self._look.segment(self._cleaner.feed(text), "hint"))
        self._page.rows += self._thoughts.take()
        self.has_begun = True

    def _end_thoughts(self) -> None:
        if self._thoughts:
            self._page.rows += [*_finished(self._thoughts), Row()]
            self._thoughts = None

    def resize(self, width: int) -> None:
        self._page.width = width

    def feed(self, text: str) -> None:
        if not text:
            return
        self.has_begun = True
        self._end_thoughts()
        for piece in self._blocks.feed(text):
            self._page.add(piece)

    def finish(self) -> None:
        self._end_thoughts()
        for piece in self._blocks.finish():
            self._page.add(piece)

    def settled(self) -> list[Row]:
        """The rows that have become final since the last call."""
        return self._page.take()

    def open(self) -> list[Row]:
        """The rest of the rows, as if the answer ended here."""
        if self._thoughts:
            return _finished(self._thoughts.copy())
        blocks, page = self._blocks.copy(), self._page.copy()
        pending = blocks.pending
        if len(pending) <= LONGEST_DOUBT and DOUBTFUL.issuperset(pending):
            blocks.pending = ""
        for piece in blocks.finish():
            if isinstance(piece, Prose) and piece.last:
                text = closed(piece.text)
                piece = piece if text == piece.text else replace(piece, text=text)
            page.add(piece)
        return page.take()


def _finished(words: Words) -> list[Row]:
    words.finish()
    return words.take()


def joined(rows: list[Row]) -> list[Segment]:
    """The rows as segments. A row that continues the one before has no line end, so that the
    terminal wraps it."""
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
    picture = Picture(Look(console, screen), columns)
    picture.feed(markdown)
    picture.finish()
    with console.capture() as capture:
        console.print(Segments(joined(picture.settled())), soft_wrap=True, end="")
    return capture.get()
