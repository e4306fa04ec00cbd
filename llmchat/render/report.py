"""stderr: notices, errors and the spinner; the only writer there. Foreign text is cleaned and
secrets are masked on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from typing import TextIO

from llmchat.errors import LlmchatError
from llmchat.events import Delta, Event, Finish, Notice, Reasoning, Setback
from llmchat.render.clean import clean_line
from llmchat.secret import Secret, redact

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
FRAME_SECONDS = 0.1
QUIET_START = 0.2  # an answer that comes at once needs no spinner
ERASE_LINE = "\r\x1b[K"


class Report:
    """Writes lines; `tty` allows colour and the spinner, `quiet` leaves errors only."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        tty: bool = False,
        color: bool = False,
        quiet: bool = False,
        secrets: Callable[[], Iterable[Secret]] = tuple,
    ) -> None:
        self._stream = stream
        self._tty = tty
        self._color = color
        self._quiet = quiet
        self._secrets = secrets

    def notice(self, text: str) -> None:
        if not self._quiet:
            self._line(self._dim(self._safe(text)))

    def warning(self, text: str) -> None:
        self._line(self._safe(f"llmchat: {text}"))

    def error(self, error: LlmchatError) -> None:
        """One line of what happened, one of what to do."""
        about = f" (request {error.request_id})" if error.request_id else ""
        wait = f"; try again in {error.retry_after:.0f} s" if error.retry_after else ""
        self._line(self._red(f"llmchat: {self._safe(error.message + wait + about)}"))
        if error.hint:
            self._line(self._dim(f"  {self._safe(error.hint)}"))

    async def told(
        self, events: AsyncGenerator[Event, None], waiting_for: str
    ) -> AsyncGenerator[Event, None]:
        """The same events; notices are written, and a spinner turns until the first character."""
        spinner = Spinner(self._write, waiting_for, utf8=self._utf8())
        if self._tty and not self._quiet:
            spinner.start()
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Delta | Reasoning | Finish):
                        await spinner.stop()
                    elif isinstance(event, Notice | Setback):
                        spinner.clear()
                        self.notice(event.text)
                    yield event
        finally:
            await spinner.stop()

    def _safe(self, text: str) -> str:
        return redact(clean_line(text), self._secrets())

    def _line(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        """A stderr that is gone must not end an answer."""
        if self._stream is None:
            return
        with suppress(OSError, ValueError):
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(text.encode(encoding, "replace").decode(encoding, "replace"))
            self._stream.flush()

    def _utf8(self) -> bool:
        return "utf" in (getattr(self._stream, "encoding", "") or "").lower()

    def _red(self, text: str) -> str:
        return f"\x1b[31m{text}\x1b[0m" if self._color else text

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self._color else text


class Spinner:
    """Turns on one line, and leaves nothing behind."""

    def __init__(self, write: Callable[[str], None], text: str, *, utf8: bool) -> None:
        self._write = write
        self._text = clean_line(text)
        self._frames = FRAMES if utf8 else PLAIN_FRAMES
        self._task: asyncio.Task[None] | None = None
        self._shown = False

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

    async def _turn(self) -> None:
        await asyncio.sleep(QUIET_START)
        count = 0
        while True:
            frame = self._frames[count % len(self._frames)]
            self._write(f"{ERASE_LINE}{frame} {self._text}")
            self._shown = True
            count += 1
            await asyncio.sleep(FRAME_SECONDS)
