"""Bounded decompression, for servers that compress although we asked them not to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from llmchat.errors import NotAnAnswer

# Out of one piece of input comes at most this much at once, so that a bomb is met in slices.
SLICE = 256 * 1024


class Inflater:
    """gzip and deflate, in slices; any other coding was not asked for and is refused."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._virgin = True
        self._stream = None
        if coding in ("gzip", "x-gzip", "deflate"):
            self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        elif coding not in ("", "identity"):
            raise NotAnAnswer(f"the reply is compressed as {coding!r}, which was not asked for")

    def slices(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            yield data
            return
        while True:
            out = self._step(data)
            if out:
                yield out
            data = self._stream.unconsumed_tail
            if not data and len(out) < SLICE:
                return

    def _step(self, data: bytes) -> bytes:
        assert self._stream is not None
        try:
            out = self._stream.decompress(data, SLICE)
        except zlib.error:
            out = self._raw_deflate(data)
        self._virgin = False
        return out

    def _raw_deflate(self, data: bytes) -> bytes:
        """Some servers send deflate without the zlib header."""
        wrong = NotAnAnswer(f"the reply says it is {self._coding}, but it is not")
        if self._coding != "deflate" or not self._virgin:
            raise wrong
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._stream.decompress(data, SLICE)
        except zlib.error:
            raise wrong from None
