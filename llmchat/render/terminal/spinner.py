"""The spinner on stderr: it turns while nothing has come yet, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from llmchat.render.clean import clean_line

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
FRAME_SECONDS = 0.1
QUIET_START = 0.2  # an answer that comes at once needs no spinner
ERASE_LINE = "\r\x1b[K"
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"  # what is wider than the screen is cut by the terminal


class Spinner:
    """Turns on one line, and leaves nothing behind."""

    def __init__(self, write: Callable[[str], None], text: str, *, utf8: bool) -> None:
        self._write = write
        self._text = clean_line(text)
        self._frames = FRAMES if utf8 else PLAIN_FRAMES
        self._task: asyncio.Task[None] | None = None
        self._shown = False
        self.held = False  # the line belongs to a question

    def say(self, text: str) -> None:
        """What is being done now."""
        self._text = clean_line(text)

    def start(self) -> None:
        self._task = asyncio.create_task(self._turn())

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.clear()

    def clear(self) -> None:
        if self._shown:
            self._write(ERASE_LINE)
            self._shown = False

    def hold(self) -> None:
        """Leaves the line to others until `held` is taken back."""
        self.held = True
        self.clear()

    async def _turn(self) -> None:
        await asyncio.sleep(QUIET_START)
        count = 0
        while True:
            if self.held:
                await asyncio.sleep(FRAME_SECONDS)
                continue
            frame = self._frames[count % len(self._frames)]
            self._write(f"{ERASE_LINE}{NO_WRAP}{frame} {self._text}{WRAP}")
            self._shown = True
            count += 1
            await asyncio.sleep(FRAME_SECONDS)
