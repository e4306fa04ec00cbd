"""Writes plain text as it arrives: exact for a pipe, cleaned for a terminal. Also the interface of
all renderers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TextIO

from llmchat.render.clean import Cleaner
from llmchat.render.encoding import ALIKE, SAME_WIDTH
from llmchat.values.events import Delta, Event, Image, image_line


class Renderer(Protocol):
    """Shows one answer until its events end."""

    async def show(self, events: AsyncIterator[Event]) -> None: ...


class Plain:
    """Writes every piece at once, with exactly one newline at the end, or nothing at all. A `whole`
    answer is written at its end in one go, newline included, so that the lines of several processes
    do not mix in one pipe."""

    def __init__(self, stream: TextIO, *, tty: bool, whole: bool = False) -> None:
        self._stream = stream
        self._kept: list[str] | None = [] if whole else None
        self._cleaner = Cleaner() if tty else None
        self._newlines = 0  # newlines at the end so far, which are written if text follows
        self._written = False
        self._broken = False

    async def show(self, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                if isinstance(event, Delta):
                    self._piece(event.text)
                elif isinstance(event, Image) and event.path and self._cleaner is None:
                    self._picture(event)
        finally:
            try:
                await close(events)
            finally:
                self._end()

    def _piece(self, text: str) -> None:
        if self._cleaner is not None:
            text = self._cleaner.feed(text)
        body = text.rstrip("\n")
        if body:
            self._put("\n" * self._newlines + body)
            self._written = True
            self._newlines = 0
        self._newlines += len(text) - len(body)

    def _picture(self, image: Image) -> None:
        """Writes a picture as a paragraph of its own; on a terminal stderr names the file."""
        self._newlines = 2 if self._written else 0
        self._piece(image_line(image.path))

    def _end(self) -> None:
        if self._cleaner is not None:
            self._piece(self._cleaner.flush())
        if self._written and not self._broken:
            kept, self._kept = self._kept or [], None
            self._put("".join([*kept, "\n"]))

    def _put(self, text: str) -> None:
        if self._kept is None:
            self._write(text)
        else:
            self._kept.append(text)

    def _write(self, text: str) -> None:
        try:
            write_whole(self._stream, text, tty=self._cleaner is not None, errors=ALIKE)
        except OSError:
            self._broken = True
            raise


def write_whole(stream: TextIO, text: str, *, tty: bool, errors: str = SAME_WIDTH) -> None:
    """Written and flushed, whatever the encoding of the stream can hold."""
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(text)
    else:
        stream.flush()
        buffer.write(text.encode(stream.encoding if tty else "utf-8", errors))
    stream.flush()


async def close(events: AsyncIterator[object]) -> None:
    """Closes an async generator, which would otherwise keep its connection."""
    closing = getattr(events, "aclose", None)
    if closing is not None:
        await closing()
