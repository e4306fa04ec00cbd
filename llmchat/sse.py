"""Server-sent events without I/O, as the WHATWG standard has them: bytes in, events out."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from llmchat.errors import NotAnAnswer

LONGEST_LINE = 16 * 1024 * 1024
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None


class Decoder:
    """Feed it bytes cut anywhere. `flush` gives the event that a missing last blank line withheld:
    the standard drops it, but a finish mark is worth more than the standard."""

    def __init__(self, *, longest_line: int = LONGEST_LINE) -> None:
        self._longest = longest_line
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: list[str] = []  # of the unfinished line
        self._pending = 0
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        yield from self._lines(self._utf8.decode(data))

    def flush(self) -> Iterator[ServerSentEvent]:
        yield from self._lines(self._utf8.decode(b"", True) + "\n\n")

    def _lines(self, text: str) -> Iterator[ServerSentEvent]:
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix(BOM)
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r") or (self._after_cr and not text)
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            yield from self._line(self._joined(line))
        self._keep(rest)

    def _keep(self, rest: str) -> None:
        if rest:
            self._parts.append(rest)
            self._pending += len(rest)
            if self._pending > self._longest:
                raise NotAnAnswer(f"a line of the reply is longer than {self._longest >> 20} MB")

    def _joined(self, line: str) -> str:
        if not self._parts:
            return line
        self._parts.append(line)
        line = "".join(self._parts)
        self._parts, self._pending = [], 0
        return line

    def _line(self, line: str) -> Iterator[ServerSentEvent]:
        if not line:
            yield from self._dispatch()
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value)

    def _dispatch(self) -> Iterator[ServerSentEvent]:
        data, event, retry = self._data, self._event, self._retry
        self._data, self._event, self._retry = [], "", None
        if data:
            yield ServerSentEvent("\n".join(data), event or "message", self._id, retry)
