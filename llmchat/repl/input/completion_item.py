"""`CompletionItem`: one completion that Tab offers; and functions that match names against text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompletionItem:
    """One completion; it replaces the `replaces` characters before the cursor."""

    text: str
    replaces: int = 0
    about: str = ""
    shown: str = ""


def by_prefix(typed: str, names: Iterable[str]) -> Iterator[CompletionItem]:
    """The names that begin with the typed text."""
    return (CompletionItem(name, len(typed)) for name in names if name.startswith(typed))


def fuzzy(typed: str, names: Iterable[str]) -> Iterator[CompletionItem]:
    """The names that match, best first: by prefix, by part, or letter by letter; otherwise in their
    own order."""
    wanted = typed.lower()
    ranked = [(rank, name) for name in names if (rank := _rank(wanted, name.lower())) is not None]
    return (
        CompletionItem(name, len(typed)) for _, name in sorted(ranked, key=lambda pair: pair[0])
    )


def _rank(wanted: str, name: str) -> int | None:
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    letters = iter(name)
    return 2 if all(letter in letters for letter in wanted) else None
