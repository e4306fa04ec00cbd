"""Decompression in slices: however small a bomb is, it is met piece by piece."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.transport.inflate import SLICE, Inflater


def test_one_piece_of_input_never_becomes_one_large_piece_of_output() -> None:
    inflater = Inflater("gzip")
    slices = list(inflater.slices(gzip.compress(bytes(10 * SLICE + 1))))
    assert max(map(len, slices)) <= SLICE
    assert sum(map(len, slices)) == 10 * SLICE + 1
    assert list(inflater.end()) == []


@settings(max_examples=60)
@given(
    text=st.binary(max_size=2000),
    coding=st.sampled_from(["gzip", "deflate", ""]),
    size=st.integers(1, 50),
)
def test_any_cut_of_any_text_is_inflated_alike(text: bytes, coding: str, size: int) -> None:
    packed = {"gzip": gzip.compress(text), "deflate": zlib.compress(text)}.get(coding, text)
    inflater = Inflater(coding)
    pieces = [packed[i : i + size] for i in range(0, len(packed), size)]
    assert b"".join(s for p in pieces for s in inflater.slices(p)) == text
    assert list(inflater.end()) == []
