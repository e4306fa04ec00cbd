"""Finds the names closest to a mistyped one ("did you mean").

Why: docs/decisions/0073-help.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from llmchat.language import any_of, msg

LIKENESS = 0.65  # of 1; with less, `--proxy` would be suggested for `--dry-run`


def nearest(name: str, names: Iterable[str], *, most: int = 1) -> list[str]:
    """The most similar names, best first; case and leading dashes are ignored."""
    from difflib import get_close_matches  # 2 ms, only for mistakes

    plain = {_plain(candidate): candidate for candidate in names}
    found = get_close_matches(_plain(name), plain, n=most, cutoff=LIKENESS)
    return [plain[candidate] for candidate in found]


def suggestion(name: str, names: Iterable[str], *, most: int = 1) -> str:
    """`did you mean X?`, or ""."""
    found = nearest(name, names, most=most)
    return msg("did you mean {meant}?", meant=any_of(found)) if found else ""


def aside(name: str, names: Iterable[str]) -> str:
    """` (did you mean X?)` for the end of a sentence, or ""."""
    found = suggestion(name, names)
    return msg(" ({found})", found=found) if found else ""


def _plain(name: str) -> str:
    return name.lower().lstrip("-")
