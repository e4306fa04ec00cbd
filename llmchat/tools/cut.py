"""Cuts a result to the size that a model gets, and says so."""

from __future__ import annotations


def cut_result(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, then a line about the rest."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return encoded.decode()  # without halves of a pair, which nothing else could write
    return cut_bytes(encoded[:most], total=len(encoded))


def cut_bytes(beginning: bytes, *, total: int) -> str:
    """The beginning of a longer result; a character that was cut in two is left out."""
    kept = beginning.decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {len(beginning):,} of {total:,} bytes]"
