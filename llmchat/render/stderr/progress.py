"""A Rich progress bar for longer work, drawn when we ask for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.values.progress import Work

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from llmchat.render.terminal.screen import Screen

T = TypeVar("T")
PATIENCE = 0.5  # seconds; shorter work shows no bar
FRAME = 0.1
LEAST_TEXT = 12


class ShownWork(Work):
    """Shows progress as a bar that disappears when the work is done; imports Rich for the first
    frame."""

    def __init__(
        self, text: str, screen: Screen, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._text, self._screen, self._ticks = clean_line(text), screen, ticks
        self._began = ticks()
        self._next = self._began + PATIENCE
        self._done, self._total = 0, 0
        self._bar: tuple[Progress, TaskID] | None = None

    def expect(self, total: int) -> None:
        self._total = total

    def track(self, things: Iterable[T]) -> Iterator[T]:
        for thing in things:
            yield thing
            self._done += 1
            if self._ticks() >= self._next:
                self._draw()

    def close(self) -> None:
        if self._bar:
            self._bar[0].stop()
            self._bar = None

    def _draw(self) -> None:
        now = self._ticks()
        self._next = now + FRAME
        progress, task = self._bar = self._bar or self._open()
        rate = f"{self._done / max(now - self._began, FRAME):,.0f}/s"
        progress.update(task, completed=self._done, total=self._total or None, rate=rate)
        progress.refresh()

    def _open(self) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

        columns = self._screen.size()[0]
        text = cut(self._text, max(LEAST_TEXT, columns * 3 // 4 - 32))
        parts = (
            TextColumn("{task.description}", markup=False),
            BarColumn(max(4, min(40, columns // 4))),
            TextColumn("{task.completed:,}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(compact=True),
        )
        return open_bar(self._screen, parts, text, total=self._total or None)


def open_bar(
    screen: Screen, parts: Iterable[ProgressColumn], text: str = "", total: int | None = None
) -> tuple[Progress, TaskID]:
    """A bar that is drawn on request, and removed when it is stopped."""
    from rich.progress import Progress

    from llmchat.render.terminal.console import console_for

    progress = Progress(
        *parts,
        console=console_for(screen),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = progress.add_task(text, total=total, rate="")
    progress.start()
    return progress, task
