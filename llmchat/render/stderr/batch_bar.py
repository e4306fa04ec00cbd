"""The progress bar of a batch on stderr: done, failed, rate, remaining time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from llmchat.language import joined, msg
from llmchat.language.dates import lasting
from llmchat.render.stderr.progress import open_bar
from llmchat.render.width import cut

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from llmchat.render.terminal.screen import Screen

SHORTEST_BAR, LONGEST_BAR = 8, 40  # cells
MARGIN = 4  # cells for a gap and for the ^C that a terminal echoes
SOON = 2.0  # seconds before the rate is meaningful


class BatchBar:
    """Drawn when `draw` is called; imports Rich for the first frame, and leaves nothing on the
    screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._began = time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def draw(self, done: int, total: int, failed: int, tokens: int, resting: float = 0) -> None:
        """Draws one frame; `resting` is how many seconds the service asked to wait."""
        columns = self._screen.size()[0]
        progress, task = self._bar = self._bar or self._open(columns)
        seconds = time.monotonic() - self._began
        text = figures(done, total, failed, tokens, seconds, resting=resting)
        room = columns - self._width(columns) - MARGIN
        progress.update(task, completed=done, total=total, description=cut(text, room))
        progress.refresh()

    def hide(self) -> None:
        """Clears its line for others; the next frame draws it again."""
        if self._bar:
            self._bar[0].stop()
            self._bar = None

    @staticmethod
    def _width(columns: int) -> int:
        return max(SHORTEST_BAR, min(LONGEST_BAR, columns // 5))

    def _open(self, columns: int) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, TextColumn

        text = TextColumn("{task.description}", markup=False)
        return open_bar(self._screen, (BarColumn(self._width(columns)), text))


def figures(
    done: int, total: int, failed: int, tokens: int, seconds: float, *, resting: float = 0
) -> str:
    """`12/500, 1 failed, 2 min 5 s left, 3.2/s, 5,120 tokens`: the most important first, as a
    narrow terminal shows only the beginning."""
    parts = [f"{done:,}/{total:,}"]
    if failed:
        parts.append(msg("{failed:,} failed", failed=failed))
    if resting >= 1:
        parts.append(msg("rate limit, {lasting}", lasting=lasting(resting)))
    if done and seconds >= SOON:
        rate = done / seconds
        parts.append(msg("{lasting} left", lasting=lasting((total - done) / rate)))
        parts.append(f"{rate:.1f}/s" if rate >= 0.1 else f"{rate * 60:.1f}/min")
    if tokens:
        parts.append(msg("{tokens:,} tokens", tokens=tokens))
    return joined(", ", parts)
