"""A decoder for server-sent events as defined by WHATWG: bytes in, events out, no I/O.

Why: docs/decisions/0167-line-ends-of-a-broken-tool.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from llmchat.errors import NotAnAnswer
from llmchat.language import msg
from llmchat.values.flood_limits import MOST_FILLER, FillerLimit

LONGEST_LINE = 16 * 1024 * 1024  # bytes; also the limit of one event, however many lines it has
BOM = b"\xef\xbb\xbf"
DOUBLED = b"\r\r\n"  # what a tool that turns LF into CRLF makes of CRLF


class ServerSentEvent(NamedTuple):  # a frozen dataclass takes three times as long to make
    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None


class Decoder:
    """Takes bytes split anywhere. `flush` returns an event whose final blank line is missing: the
    standard drops it, but it may be the finish mark."""

    def __init__(self, *, longest_line: int = LONGEST_LINE, most_filler: int = MOST_FILLER) -> None:
        self._longest = longest_line
        self._filler = FillerLimit(most_filler)
        self._rest: list[bytes] = []  # of the unfinished line
        self._held = 0  # bytes of the unfinished line
        self._after_cr = False
        self._doubled: bool | None = None  # None until the first line end has been seen
        self._ends = b""  # CRs that may begin a doubled line end
        self._at_start = True
        self._data: list[str] = []
        self._weight = 0  # bytes of the unfinished event
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        if self._doubled is not False:
            data = self._undoubled(self._ends + data)
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")  # no byte of a multi-byte UTF-8 character looks like one of these
        rest = lines.pop()
        if lines:
            lines[0] = self._first(lines[0])
        for line in lines:
            if line:
                self._line(line)
            elif self._data:
                yield self._dispatch()
            else:
                self._event, self._retry = "", None
                self._filler.weigh(1)
        self._keep(rest)

    def flush(self) -> Iterator[ServerSentEvent]:
        yield from self.feed(b"\n\n")

    def _undoubled(self, data: bytes) -> bytes:
        """Turns CR CR LF into LF in a stream whose first line end is CR CR LF; otherwise an event
        of several lines would become several events. In other streams every CR ends a line, as the
        standard says; the first CR alone waits for the next byte."""
        if self._doubled is None:
            first = data.find(b"\r")
            if first < 0 or b"\n" in data[:first]:
                self._doubled = False if b"\n" in data else None
                return data
            ends = data[first : first + len(DOUBLED)]
            if DOUBLED.startswith(ends) and ends != DOUBLED:
                self._ends = ends
                return data[:first]
            self._doubled = ends == DOUBLED
        if not self._doubled:
            self._ends = b""
            return data
        self._ends = next((ends for ends in (b"\r\r", b"\r") if data.endswith(ends)), b"")
        return data.removesuffix(self._ends).replace(DOUBLED, b"\n")

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._rest.append(rest)
            self._held += len(rest)
            self._weigh(self._held)

    def _first(self, line: bytes) -> bytes:
        """The first line of a piece, joined to what earlier pieces began, without a byte order
        mark."""
        if self._rest:
            self._rest.append(line)
            line = b"".join(self._rest)
            self._rest, self._held = [], 0
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BOM)
        return line

    def _line(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            self._weight += len(line)  # an empty line takes space in the list as well
            self._weigh(self._weight)
            self._data.append(value.decode("utf-8", "replace"))
            return
        self._filler.weigh(len(line))
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) < 10:
            self._retry = int(value)

    def _weigh(self, size: int) -> None:
        if size > self._longest:
            raise NotAnAnswer(
                msg("a line of the reply is longer than {longest} MB", longest=self._longest >> 20)
            )

    def _dispatch(self) -> ServerSentEvent:
        lines, event, retry = self._data, self._event, self._retry
        self._data, self._event, self._retry, self._weight = [], "", None, 0
        data = lines[0] if len(lines) == 1 else "\n".join(lines)
        if not data or data.isspace():
            self._filler.weigh(len(data) + 1)
        else:
            self._filler.size = 0
        return ServerSentEvent(data, event or "message", self._id, retry)
