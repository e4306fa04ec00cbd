"""Fuzzy matching of names: by prefix, by part, or letter by letter."""

from __future__ import annotations

from collections.abc import Iterable


def fuzzy(typed: str, names: Iterable[str]) -> list[str]:
    """The best first, otherwise in their own order."""
    wanted = typed.lower()
    ranked = [(rank, name) for name in names if (rank := _rank(wanted, name.lower())) is not None]
    return [name for _, name in sorted(ranked, key=lambda pair: pair[0])]


def _rank(wanted: str, name: str) -> int | None:
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    letters = iter(name)
    return 2 if all(letter in letters for letter in wanted) else None
