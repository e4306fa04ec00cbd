"""Decompresses replies in slices of limited size, for servers that compress without being asked.

Why: docs/decisions/0013-limits-are-limits-of-memory.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from llmchat.errors import NetworkError, NotAnAnswer
from llmchat.language import msg

# The largest output of one step, so that a zip bomb is noticed in time.
SLICE = 256 * 1024
EITHER = zlib.MAX_WBITS | 32  # gzip or zlib, decided by the first bytes
BARE = -zlib.MAX_WBITS


class Inflater:
    """Decompresses gzip and deflate in slices; other codings raise an error, because they were not
    requested."""

    def __init__(self, coding: str) -> None:
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise NotAnAnswer(
                msg("the reply uses an unsupported compression: {coding!r}", coding=coding)
            )
        self._coding = coding
        self._plain = coding in ("", "identity")
        self._stream = None if self._plain else zlib.decompressobj(EITHER)
        self._start: bytes | None = b"" if coding == "deflate" else None
        self._begun = False

    def slices(self, data: bytes) -> Iterator[bytes]:
        if self._plain:
            yield data
            return
        if self._start is not None:
            data = self._start + data
            self._start = data if len(data) < 2 else None
            if self._start is not None:
                return
            self._stream = zlib.decompressobj(EITHER if _has_header(data) else BARE)
        yield from self._inflated(data)

    def end(self) -> Iterator[bytes]:
        """Called at the end of the body; raises an error if the compressed data are incomplete."""
        if self._begun and self._stream is not None and not self._stream.eof:
            raise NetworkError(msg("the compressed reply was truncated"), repeat="charged")
        yield from ()

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        while self._stream is not None:
            if self._stream.eof:  # a gzip file may consist of several
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._stream = zlib.decompressobj(EITHER)
            try:
                out = self._stream.decompress(data, SLICE)
            except zlib.error:
                raise NotAnAnswer(
                    msg("the reply is not valid {coding} data", coding=self._coding)
                ) from None
            if out:
                yield out
            data = self._stream.unused_data or self._stream.unconsumed_tail
            if not data and len(out) < SLICE:
                return


def _has_header(data: bytes) -> bool:
    """Whether there is a zlib header, which some servers leave out of deflate."""
    return data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
