"""The spinner on stderr: what is being waited for, and for how long.

Without Rich, because it also runs when stdout is a pipe, and then no drawing code is imported.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from llmchat.language import msg, translated
from llmchat.render.clean import clean_line
from llmchat.render.width import cut
from llmchat.system.tasks import end_task

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
FRAME_SECONDS = 0.1
QUIET_START = 0.2  # seconds; an answer that comes at once needs no spinner
ERASE_LINE = "\r\x1b[K"


class Waiting:
    """The text of the spinner: `getting a token, 3 s`."""

    def __init__(self, text: str, *, utf8: bool) -> None:
        self._frames = FRAMES if utf8 else PLAIN_FRAMES
        self._stage = self._text = ""
        self.say(text)

    def say(self, text: str) -> None:
        """Shows another stage, counting its seconds from now; `sending cat.jpg, 40 %` continues the
        one before."""
        if text.partition(",")[0] != self._stage.partition(",")[0]:
            self._since = time.monotonic()
        self._stage = text
        self.go_on(text)

    def go_on(self, text: str) -> None:
        """Changes the text, but continues counting."""
        self._text = clean_line(translated(text))

    def line(self, *, after: str = "") -> str:
        seconds = time.monotonic() - self._since
        sign = self._frames[int(seconds / FRAME_SECONDS) % len(self._frames)]
        counted = translated(msg(", {s:.0f} s", s=seconds)) if seconds >= 1 else ""
        return f"{sign} {self._text}{counted}{after}"


class Spinner:
    """Draws on one line, and leaves nothing behind."""

    def __init__(
        self, write: Callable[[str], None], waiting: Waiting, *, columns: Callable[[], int]
    ) -> None:
        self._write = write
        self._columns = columns
        self._task: asyncio.Task[None] | None = None
        self._shown = False
        self.waiting = waiting
        self.held = False  # whether a question is using the line

    def start(self) -> None:
        self._task = asyncio.create_task(self._turn())

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task:
            await end_task(task)
            self.clear()

    def clear(self) -> None:
        if self._shown:
            self._write(ERASE_LINE)
            self._shown = False

    def hold(self) -> None:
        """Clears the line for others until `held` is reset."""
        self.held = True
        self.clear()

    async def _turn(self) -> None:
        await asyncio.sleep(QUIET_START)
        while True:
            if not self.held:
                line = cut(self.waiting.line(), self._columns() - 1)
                self._write(ERASE_LINE + line)
                self._shown = True
            await asyncio.sleep(FRAME_SECONDS)
