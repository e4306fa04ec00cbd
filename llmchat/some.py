"""Names in a sentence, the first few of many."""

from __future__ import annotations

from collections.abc import Sequence


def some(names: Sequence[str], *, most: int) -> str:
    """`a, b, c and 4 more`."""
    shown, more = ", ".join(names[:most]), len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
