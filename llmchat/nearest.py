"""What was meant by a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable

LIKENESS = 0.6  # `modle` is like `model`; `dry-run` is not like `proxy`


def nearest(word: str, names: Iterable[str], *, most: int = 1) -> list[str]:
    """The names that are nearly spelled so, the likest first; dashes in front count nothing."""
    from difflib import get_close_matches  # only for a mistake: 2 ms

    bare = {name.lstrip("-"): name for name in names}
    return [bare[n] for n in get_close_matches(word.lstrip("-"), bare, n=most, cutoff=LIKENESS)]
