"""Readers shared by several providers: a whole body, and a choice between a stream and a whole
body; no I/O.

Why: docs/decisions/0012-replies-are-read-by-content.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from llmchat.errors import EmptyAnswer, NotAnAnswer
from llmchat.language import msg
from llmchat.providers.reading import Reader
from llmchat.sse import BOM
from llmchat.values.events import Event
from llmchat.values.flood_limits import FillerLimit

LARGEST_BODY = 16 * 1024 * 1024  # bytes of a JSON object, also as one line of a stream
LARGE = 1024 * 1024
MOST_VALUES = 1_000_000  # in a large JSON text: `[{},{},...]` takes 24 times its size in memory
EXACT = 2**53  # larger whole numbers are not exact in every JSON reader
STREAM_FIELDS = (b"data", b"event", b"id", b"retry", b"")


def json_object(text: str | bytes) -> dict[str, Any] | None:
    """The text parsed as a JSON object; None if it is anything else."""
    if len(text) > LARGE and _values(text) > MOST_VALUES:
        raise NotAnAnswer(msg("the reply contains too many JSON values for an answer"))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _values(text: str | bytes) -> int:
    if isinstance(text, str):
        return text.count(",") + text.count("[") + text.count("{")
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def whole_number(value: object) -> int | None:
    """A count in a reply; None for anything else, such as a negative number or True."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < EXACT else None


class WholeBody:
    """Collects the body and reads it at its end; a subclass defines `answer`."""

    ending = False
    done = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterable[Event]:
        self._size += len(data)
        if self._size > LARGEST_BODY:
            raise NotAnAnswer(
                msg("the reply is larger than {largest_body} MB", largest_body=LARGEST_BODY >> 20)
            )
        self._pieces.append(data)
        return ()

    def close(self) -> Iterator[Event]:
        body, self._pieces = b"".join(self._pieces), []
        if not body.strip():
            raise empty_reply()
        return self.answer(body)

    def answer(self, body: bytes) -> Iterator[Event]:
        raise TypeError(f"{type(self).__name__} does not say what a body means")


class EitherReader:
    """Chooses a stream or a whole body by the first characters, because the content type may be
    wrong."""

    def __init__(self, stream: Reader, whole: Reader) -> None:
        self._stream = stream
        self._whole = whole
        self._start = b""
        self._blanks = FillerLimit()
        self._chosen: Reader | None = None

    @property
    def ending(self) -> bool:
        return self._chosen is not None and self._chosen.ending

    @property
    def done(self) -> bool:
        return self._chosen is not None and self._chosen.done

    @property
    def patience(self) -> float:
        """Seconds of silence that the chosen reader expects."""
        return float(getattr(self._chosen, "patience", 0.0))

    def feed(self, data: bytes) -> Iterable[Event]:
        if self._chosen is None:
            self._start = self._without_blanks(self._start + data)
            streams = is_stream(self._start)
            if streams is None:
                return ()
            self._chosen = self._stream if streams else self._whole
            data, self._start = self._start, b""
        return self._chosen.feed(data)

    def _without_blanks(self, start: bytes) -> bytes:
        """The beginning without leading blanks, which both ignore, and which would be scanned again
        with each piece."""
        mark = BOM if start.startswith(BOM) else b""
        kept = mark + start[len(mark) :].lstrip()
        self._blanks.weigh(len(start) - len(kept))
        return kept

    def close(self) -> Iterable[Event]:
        if self._chosen is None:
            self._chosen = self._whole
            self._whole.feed(self._start)
        return self._chosen.close()


def is_stream(start: bytes) -> bool | None:
    """Whether a body that begins like this is an event stream; None if undecided."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    name, colon, _ = start.partition(b":")
    if colon:
        return name in STREAM_FIELDS
    undecided = any(field.startswith(start) for field in STREAM_FIELDS)
    return None if undecided or not start else False


def empty_reply() -> EmptyAnswer:
    return EmptyAnswer(msg("the reply is empty"), hint=msg("try again, or run llmchat doctor"))
