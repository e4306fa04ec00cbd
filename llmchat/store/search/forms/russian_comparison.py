"""The comparison of Russian adjectives: короткий, короче; высокий, выше, высочайший; pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from llmchat.store.search.forms.russian_endings import LONG_HUSH, VELAR, VOWEL

# The stem, then its comparative, and the stems of its superlatives.
WRITTEN_OUT = """\
высок выше высш высочайш|низк ниже низш|широк шире широчайш|глубок глубже глубочайш|
далек дальше|тонк тоньше тончайш|сладк слаще|мелк мельче мельчайш|долг дольше|
близк ближе ближайш|стар старше|ранн раньше|красив краше|дешев дешевле|
хорош лучше лучш наилучш|плох хуже худш наихудш|больш больше|
маленьк меньше"""
# How a stem changes before -е (короче, чище) and, if it ends in г, к or х, before -айший.
CHANGED = (
    ("ст", "щ"), ("дк", "ж"), ("тк", "ч"), ("д", "ж"), ("т", "ч"), ("к", "ч"), ("г", "ж"),
    ("х", "ш"),
)  # fmt: skip
SHORTEST = 3  # letters of a stem; уже is hardly ever a form of узкий
BY_DEGREES = "по"  # короче, покороче


def compared(stem: str) -> frozenset[str]:
    """All comparatives and superlatives except the regular ones in -ее and -ейший."""
    written = _written_out().get(stem)
    own = set(written or _regular(stem))
    adverbs = {word for word in own if word.endswith("е")}
    adverbs.add(stem + "ее")
    if stem[-1] not in VOWEL and stem[-2:-1] not in VOWEL:
        adverbs.add(stem + "ей")
    long = {begin + ending for begin in own - adverbs for ending in LONG_HUSH.split()}
    return frozenset({*adverbs, *(BY_DEGREES + word for word in adverbs), *long})


def compared_stems(word: str) -> Iterator[str]:
    """The stems of which the word may be a comparative or superlative."""
    for own in {word, word.removeprefix(BY_DEGREES)}:
        stems = {own[:-2]} if own.endswith(("ее", "ей")) else set()
        stems |= set(_stems_of(own.removesuffix("е")) if own.endswith("е") else ())
        stems |= set(_stems_of(own.partition("айш")[0]))
        yield from (stem for stem in stems if len(stem) >= SHORTEST and word in compared(stem))
    yield from (stem for stem in _written_out() if word in compared(stem))


def _regular(stem: str) -> Iterator[str]:
    if len(stem) < SHORTEST:
        return
    for old, new in CHANGED:
        if stem.endswith(old):
            yield f"{stem.removesuffix(old)}{new}е"
            if old in VELAR:
                yield f"{stem.removesuffix(old)}{new}айш"


def _stems_of(changed: str) -> Iterator[str]:
    return (changed.removesuffix(new) + old for old, new in CHANGED if changed.endswith(new))


@cache
def _written_out() -> dict[str, tuple[str, ...]]:
    rows = (row.split() for row in WRITTEN_OUT.replace("\n", "").split("|"))
    return {stem: tuple(words) for stem, *words in rows}
