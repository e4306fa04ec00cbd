"""Reads one key from a terminal, pressed after the question stood there."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from llmchat.app.terminal.consent import readable

QUIET = 0.4  # seconds without a key: whoever types into what is shown has stopped by then
MOST = 4096  # bytes that are read at once
END = "\x04"


async def pressed_key(stream: TextIO, *, ready: Callable[[], None]) -> str:
    """`ready` shows the question, once the keyboard has been quiet for a moment: what was typed
    ahead is dropped. Several characters at once (a paste, a function key) are not a key: "". The
    end of the input is Ctrl-D."""
    with _keys(stream):
        while await _typed(stream, QUIET):
            await _read(stream)
        ready()
        while not await _typed(stream, None):
            continue
        text = await _read(stream)
        return text if len(text) == 1 else "" if text else END


async def _typed(stream: TextIO, patience: float | None) -> bool:
    """Whether something was typed in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            return await _is_readable(stream)
    return False


if sys.platform == "win32":
    import msvcrt

    POLL = 0.05

    @contextmanager
    def _keys(stream: TextIO) -> Iterator[None]:
        yield

    async def _is_readable(stream: TextIO) -> bool:
        while not msvcrt.kbhit():  # noqa: ASYNC110  # a console tells nobody of its keys
            await asyncio.sleep(POLL)
        return True

    async def _read(stream: TextIO) -> str:
        typed = ""
        while msvcrt.kbhit():
            typed += msvcrt.getwch()
        if "\x03" in typed:
            raise KeyboardInterrupt
        return typed
else:
    import termios

    @contextmanager
    def _keys(stream: TextIO) -> Iterator[None]:
        """Each key at once and unseen; Ctrl-C stays a signal."""
        descriptor = stream.fileno()
        before = termios.tcgetattr(descriptor)
        single = list(before)
        single[3] &= ~(termios.ECHO | termios.ICANON)
        single[6] = list(before[6])
        single[6][termios.VMIN], single[6][termios.VTIME] = 1, 0
        try:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, single)
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)

    async def _is_readable(stream: TextIO) -> bool:
        return await readable(stream)

    async def _read(stream: TextIO) -> str:
        return os.read(stream.fileno(), MOST).decode(errors="replace")
