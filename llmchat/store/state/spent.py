"""Today's spending by provider and model: sums for daily budgets, in a private file.

Why: docs/decisions/0147-a-budget-counts-every-answer.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.history.figures.spending import UsageTally
from llmchat.store.private.files import change_private, read_private
from llmchat.values.events import Usage

Tallies = Iterable[UsageTally]


class SpentToday:
    """The sums of one day; the next day starts from zero. A file that cannot be read counts as
    empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tallies(self, day: str, begin: Callable[[], Tallies]) -> list[UsageTally]:
        """The tallies of this day, which begin with those of the history, from `begin`."""
        kept = _rows(_read(self._path), day)
        if kept is None:
            kept = list(begin())
            self._change(day, lambda rows: kept if rows is None else rows)
        return kept

    def add(self, tally: UsageTally) -> None:
        self._change(tally.day, lambda rows: _summed([*(rows or []), tally]))

    def _change(self, day: str, change: Callable[[list[UsageTally] | None], Tallies]) -> None:
        def changed(content: bytes | None) -> bytes:
            rows = change(_rows(content, day))
            return json.dumps({"day": day, "tallies": list(rows)}).encode()

        change_private(self._path, changed)


def tally_of(day: str, provider: str, model: str, usage: Usage) -> UsageTally:
    """One answer as a tally."""
    prompt, completion, cached = usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens
    whole = prompt is not None and completion is not None
    counted = whole and (prompt or 0) >= (cached or 0)
    total = usage.total_tokens or (prompt or 0) + (completion or 0)
    counts = (prompt or 0, cached or 0, completion or 0, total)
    return UsageTally(day, provider, model, counted, 1, 1, *counts)


def _summed(rows: Tallies) -> list[UsageTally]:
    """Merges the tallies to which the same price applies."""
    found: dict[tuple[object, ...], UsageTally] = {}
    for row in rows:
        key = (*row[:4], row.cached_tokens > 0)
        before = found.get(key)
        sums = map(sum, zip(before[4:], row[4:], strict=True)) if before else row[4:]
        found[key] = UsageTally(*row[:4], *sums)
    return list(found.values())


def _read(path: Path) -> bytes | None:
    try:
        return read_private(path)
    except (StorageError, OSError):
        return None


def _rows(content: bytes | None, day: str) -> list[UsageTally] | None:
    """The tallies saved for this day; None if there are none."""
    try:
        kept = json.loads(content or b"")
        rows = [UsageTally(*row) for row in kept["tallies"]]
        sound = all(isinstance(count, int) and count >= 0 for row in rows for count in row[4:])
        return rows if sound and kept["day"] == day else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
