"""Shows several answers side by side in columns as they arrive.

A row is settled when every column has reached it; above it nothing changes any more. The rest is
repainted, showing the end of each column, so that a slow answer is visible beside a long one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.segment import Segment

from llmchat.render.plain import close
from llmchat.render.terminal.console import console_for
from llmchat.render.terminal.live import Picture
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.paint import Painter
from llmchat.render.terminal.screen import Screen
from llmchat.render.terminal.wrap import Row, Words
from llmchat.render.width import cut, width
from llmchat.system.tasks import end_task
from llmchat.values.events import Delta, Event, Reasoning
from llmchat.values.parallel_answers import AnswerPart

NARROWEST = 30  # cells; prose in a narrower column is hard to read
FRAME = 1 / 12  # as for a single answer
# Cells at the edge for the ^C that a terminal echoes, which would otherwise wrap and shift all
# rows.
ECHO = 2

Summary = Callable[[int], tuple[str, str]]  # of an ended answer, as text and style; takes the width


def fits(count: int, screen: Screen) -> bool:
    """Whether that many columns are readable on the screen."""
    return screen.cursor and column_width(screen.size()[0], count) >= NARROWEST


def column_width(columns: int, count: int) -> int:
    return (columns - 3 * (count - 1)) // count


class SideBySide:
    """Draws answers in columns; `summary` is shown below an answer that has ended."""

    def __init__(
        self,
        screen: Screen,
        labels: Sequence[str],
        summary: Summary,
        *,
        waiting: Callable[[], str],
        theme: str = "auto",
        thinks: bool = False,
    ) -> None:
        self._screen = screen
        self._console = console_for(screen, theme)
        self._look = Look(self._console, screen)
        self._labels = labels
        self._summary = summary
        self._waiting = waiting
        self._thinks = thinks
        # Events, to draw them again at another width.
        self._said: list[list[Event]] = [[] for _ in labels]
        self._ended: set[int] = set()
        self._size = screen.size()
        self._painter = Painter(self._size[0])
        self._columns = self._new_columns()
        self._held = False  # whether others are using the terminal

    async def show(self, parts: AsyncIterator[AnswerPart | Event]) -> None:
        clock = asyncio.create_task(self._draw_on_clock())
        try:
            async for part in parts:
                if clock.done():
                    clock.result()
                if isinstance(part, AnswerPart):
                    self._take(part)
        finally:
            await end_task(clock, OSError)
            try:
                await close(parts)
            finally:
                self._end()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Lets others write whole lines to the terminal in the block."""
        self._console.write(self._painter.leave())
        before, self._held = self._held, True
        yield
        self._held = before

    def frame(self, *, last: bool = False) -> None:
        if self._screen.size() != self._size:
            self._resize()
        settled = self._settled()
        room = max(2, self._size[1] - 1)
        open_ = [] if last else self._beside([column.open(room) for column in self._columns])
        self._console.write(self._painter.frame(settled, open_))

    async def _draw_on_clock(self) -> None:
        while True:
            if not self._held:
                self.frame()
            await asyncio.sleep(FRAME)

    def _take(self, part: AnswerPart) -> None:
        column, event = self._columns[part.number], part.event
        if event is None:
            self._ended.add(part.number)
            column.end(*self._summary(part.number))
        elif isinstance(event, Delta) or (isinstance(event, Reasoning) and self._thinks):
            self._said[part.number].append(event)
            column.take(event)

    def _end(self) -> None:
        """Ends the columns, also those that were stopped."""
        for number, column in enumerate(self._columns):
            if number not in self._ended:
                column.end(*self._summary(number))
        self._painter.invalidate()
        self.frame(last=True)
        self._console.write(self._painter.leave())

    def _new_columns(self) -> list[AnswerColumn]:
        cells = column_width(self._size[0] - ECHO, len(self._labels))
        return [
            AnswerColumn(self._look, label, max(1, cells), self._waiting) for label in self._labels
        ]

    def _resize(self) -> None:
        """Draws the columns again at the new width, below what has scrolled away."""
        self._size = self._screen.size()
        self._console.write(self._painter.resize(*self._size))
        self._console.size = self._size
        self._columns = self._new_columns()
        for number, column in enumerate(self._columns):
            for event in self._said[number]:
                column.take(event)
            if number in self._ended:
                column.end(*self._summary(number))

    def _settled(self) -> list[Row]:
        going_on = [len(c.rows) for c in self._columns if not c.has_ended]
        count = min(going_on) if going_on else max(len(c.rows) for c in self._columns)
        return self._beside([column.take_rows(count) for column in self._columns])

    def _beside(self, columns: Sequence[Sequence[Row]]) -> list[Row]:
        """Joins the rows of the columns, for each row of the tallest one."""
        between = self._look.segment(self._look.signs.column, "markdown.table.border")
        rows = []
        for index in range(max(map(len, columns))):
            segments: list[Segment] = []
            for number, (column, rest) in enumerate(zip(self._columns, columns, strict=True)):
                row = rest[index] if index < len(rest) else Row()
                segments += [between] if number else []
                segments += [*row.segments, Segment(" " * max(0, column.width - width(row.text)))]
            rows.append(Row(tuple(segments)))
        return rows


class AnswerColumn:
    """The column of one answer: its name on top, its summary at the end."""

    def __init__(self, look: Look, label: str, width: int, waiting: Callable[[], str]) -> None:
        self._look = look
        self._picture = Picture(look, width)
        self._waiting = waiting
        self.width = width
        self.has_ended = False
        name = look.segment(cut(look.show(label), width), "markdown.table.header")
        rule = look.segment(look.signs.rule * width, "markdown.table.border")
        self.rows = [Row((name,)), Row((rule,))]

    def take(self, event: Event) -> None:
        if isinstance(event, Reasoning):
            self._picture.think(event.text)
        elif isinstance(event, Delta):
            self._picture.feed(event.text)
        self.rows += self._picture.settled()

    def end(self, text: str, style: str) -> None:
        self._picture.finish()
        self.rows += self._picture.settled()
        words = Words(self.width)
        words.add(self._look.segment(self._look.show(text), style))
        words.finish()
        self.rows += [*([Row()] if self._picture.has_begun else []), *words.take()]
        self.has_ended = True

    def take_rows(self, count: int) -> list[Row]:
        taken, self.rows = self.rows[:count], self.rows[count:]
        return taken

    def open(self, most: int) -> list[Row]:
        """The last rows that are not settled, or wait for the other columns."""
        if self.has_ended:
            return self.rows[-most:]
        growing = self._picture.open() if self._picture.has_begun else self._wait()
        return [*self.rows, *growing][-most:]

    def _wait(self) -> list[Row]:
        return [Row((self._look.segment(cut(self._waiting(), self.width), "hint"),))]
