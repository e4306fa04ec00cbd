"""Reads input in pieces, noticing every signal meanwhile.

Python checks for signals before it reads: a signal between the two would wait as long as the read.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from typing import Any

PIECE = 1 << 16


def pieces(stream: Any, size: int) -> Generator[Any]:
    """Pieces of at most `size` until the end of the stream."""
    read = getattr(stream, "read1", stream.read)  # one long read would delay Ctrl-C
    with _awake(stream) as wait:
        while wait() and (piece := read(size)):
            yield piece


class Waited(RawIOBase):
    """A stream with the interface of a file that also notices signals."""

    def __init__(self, stream: Any) -> None:
        self._coming = pieces(stream, PIECE)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._coming, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        self._coming.close()
        super().close()


@contextmanager
def _awake(stream: Any) -> Iterator[Callable[[], bool]]:
    """Yields a function that waits until there is something to read; if the stream cannot be waited
    for, it returns at once and the read blocks."""
    place = None
    # A stream that is not a file has no descriptor.
    with suppress(OSError, ValueError, AttributeError):
        place = stream.fileno()
    heard = threading.current_thread() is threading.main_thread()
    if place is None or not heard or not hasattr(select, "poll"):
        yield lambda: True
        return
    wakes, waker = os.pipe()
    os.set_blocking(waker, False)
    before = signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    ready = select.poll()
    ready.register(place, select.POLLIN)
    ready.register(wakes, select.POLLIN)

    def wait() -> bool:
        while place not in [descriptor for descriptor, _ in ready.poll()]:
            os.read(wakes, select.PIPE_BUF)  # a signal that did not end the program
        return True

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(before)
        os.close(wakes)
        os.close(waker)
