"""An answer drawn while it arrives: settled rows scroll away, open ones are repainted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from llmchat.events import Delta, Event, Reasoning
from llmchat.render.plain import close, write_whole
from llmchat.render.reasoning import ReasoningWriter
from llmchat.render.terminal.paint import BEGIN, END, Painter, sequence
from llmchat.render.terminal.picture import Picture
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.sgr import Look, Theme, look
from llmchat.render.terminal.wrap import Row

FRAME = 1 / 12  # seconds; the eye takes no more, and a terminal over SSH neither


class Canvas:
    """An answer on a screen: takes text, gives what to write for a frame."""

    def __init__(self, screen: Screen, look: Look) -> None:
        self._screen = screen
        columns, _ = screen.size()
        self._picture = Picture(look, columns)
        self._painter = Painter(columns)
        self._fed: list[str] = []  # since the last frame

    def feed(self, text: str) -> None:
        self._fed.append(text)

    def frame(self, *, last: bool = False) -> str:
        """Open rows are never taller than the screen: their end is shown."""
        columns, height = self._screen.size()
        out = self._resized(columns, height)
        self._picture.feed("".join(self._fed))
        self._fed.clear()
        if last:
            self._picture.finish()
        settled = self._picture.settled()
        if not self._screen.cursor:
            return "".join([*map(_plain_row, settled)])
        live = [] if last else self._picture.open()[-max(1, height - 1) :]
        out += self._painter.frame(settled, live)
        return f"{BEGIN}{out}{END}" if out and self._screen.synchronized else out

    def leave(self) -> str:
        """Open rows gone, the cursor below what is settled; the next frame begins there."""
        return self._painter.leave() if self._screen.cursor else ""

    def doubt(self) -> None:
        self._painter.doubt()

    def _resized(self, columns: int, height: int) -> str:
        if self._painter.fits(columns, height):
            return ""
        self._picture.resize(columns)
        return self._painter.resize(columns, height) if self._screen.cursor else ""


class Live:
    """Shows one answer; `reasoning` is where the model's thinking goes, None hides it."""

    def __init__(
        self,
        screen: Screen,
        *,
        theme: Theme = "auto",
        reasoning: TextIO | None = None,
        frame: float = FRAME,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._screen = screen
        self._canvas = Canvas(screen, look_of(screen, theme))
        self._thoughts = ReasoningWriter(reasoning) if reasoning is not None else None
        self._frame, self._sleep = frame, sleep
        self._dirty = asyncio.Event()
        self._broken = False

    async def show(self, events: AsyncIterator[Event]) -> None:
        clock = asyncio.create_task(self._draw_on_clock())
        try:
            async for event in events:
                if clock.done():
                    clock.result()
                self._take(event)
        except BaseException:
            self._canvas.doubt()
            raise
        finally:
            clock.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await clock
            try:
                await close(events)
            finally:
                self._end()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Others may write full lines to the terminal meanwhile: notices, warnings."""
        self._write(self._canvas.leave())
        yield
        self._dirty.set()

    async def _draw_on_clock(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._write(self._canvas.frame())
            await self._sleep(self._frame)

    def _take(self, event: Event) -> None:
        if isinstance(event, Delta) and event.text:
            if self._thoughts is not None:
                self._thoughts.end()
            self._canvas.feed(event.text)
            self._dirty.set()
        elif isinstance(event, Reasoning) and self._thoughts is not None:
            self._dirty.clear()
            self._write(self._canvas.leave())
            self._thoughts.say(event.text)

    def _end(self) -> None:
        if self._thoughts is not None:
            self._thoughts.end()
        if not self._broken:
            self._write(self._canvas.frame(last=True) + self._canvas.leave())

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            write_whole(self._screen.stream, text, tty=True)
        except OSError:
            self._broken = True
            raise


def look_of(screen: Screen, theme: Theme) -> Look:
    return look(
        theme,
        attributes=screen.attributes,
        colour=screen.colour,
        encoding=screen.encoding,
    )


def render_once(markdown: str, width: int, look: Look) -> str:
    """The whole answer as text for a terminal of that width, or without colours for a file."""
    picture = Picture(look, width)
    picture.feed(markdown)
    picture.finish()
    return join_rows(picture.settled())


def join_rows(rows: list[Row]) -> str:
    """Rows which only go on from the one before are left to the terminal to fold."""
    out: list[str] = []
    for index, row in enumerate(rows):
        if index and not row.soft:
            out.append("\n")
        out += [sequence(span) for span in row.spans]
    return "".join([*out, "\n"]) if out else ""


def _plain_row(row: Row) -> str:
    return "".join([sequence(span) for span in row.spans]) + "\n"
