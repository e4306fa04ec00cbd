"""Names in a sentence, the first few of many."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.language import joined, msg


def some(names: Sequence[str], *, most: int) -> str:
    """`a, b, c and 4 more`."""
    shown, more = joined(", ", names[:most]), len(names) - most
    return msg("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown
