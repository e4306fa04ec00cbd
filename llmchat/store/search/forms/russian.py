"""The forms of a Russian word, by the endings of its possible paradigms; pure. ё is treated as е.

A paradigm is a set of endings after one stem. A word with one of the endings may have all the
others; the index shows which of these are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from llmchat.store.search.forms.paradigm import WordForms
from llmchat.store.search.forms.russian_comparison import compared, compared_stems
from llmchat.store.search.forms.russian_endings import (
    ADJECTIVES,
    FEMININE_SOFT,
    FEMININE_VELAR,
    HUSH,
    LONG,
    LONG_HUSH,
    NOUNS,
    VERBS,
    VOWEL,
    Paradigm,
    Verb,
)
from llmchat.store.search.forms.russian_nouns import written_out

FLEETING = "ео"  # vowels that appear between the last two consonants without an ending: окно, окон
SOFT = "лнсдр"  # after these, a fleeting vowel may stand for ь
EMPTY = ("", "ь", "й")
SHORT = ("", "а", "о", "ы")
LONG_ONLY = ("ск", "цк", "ак", "шл", "ов")  # русский, какой, прошлый, мировой
NOT_LONG_ONLY = ("нов", "готов", "здоров", "суров")

# How a consonant changes before an ending that began with j in older Russian.
SOFTENED = (
    ("ст", "щ"), ("ск", "щ"), ("б", "бл"), ("п", "пл"), ("в", "вл"), ("м", "мл"), ("ф", "фл"),
    ("д", "ж"), ("д", "жд"), ("т", "ч"), ("т", "щ"), ("з", "ж"), ("с", "ш"), ("к", "ч"),
    ("г", "ж"), ("х", "ш"),
)  # fmt: skip
UNCHANGED = tuple("нлр" + HUSH + VOWEL)

REFLEXIVE = ("ся", "сь")
# Endings of imperatives and of verbs like печь, which nouns have too.
WEAK = frozenset(
    {"", "ь", "ьте", "и", "ите", "я", "а", "й", "йте", "г", "ги", "гу", "к", "ки", "ку"}
)


def paradigms(word: str) -> Iterator[WordForms]:
    """The paradigms that the word may belong to."""
    if word.endswith(REFLEXIVE) and len(word) > 4:
        for forms, sure, against, _ in _as_verb(word[:-2]):
            yield WordForms(_reflexive(forms), _reflexive(sure), _reflexive(against))
        return
    yield from (WordForms(row, row, certain=True) for row in written_out(word))
    for paradigm in (*NOUNS, *ADJECTIVES):
        yield from _declined(paradigm, word)
    yield from _as_verb(word)


def _reflexive(forms: frozenset[str]) -> frozenset[str]:
    return frozenset(form + end for form in forms for end in REFLEXIVE)


def _as_verb(word: str) -> Iterator[WordForms]:
    for verb in VERBS:
        yield from _conjugated(verb, word)


def _declined(paradigm: Paradigm, word: str) -> Iterator[WordForms]:
    """The forms with each stem that the word may have in this paradigm."""
    for stem in _stems(paradigm, word):
        found = _filled(paradigm, stem)
        yield WordForms(found, found)


def _stems(paradigm: Paradigm, word: str) -> Iterator[str]:
    for ending in paradigm.endings:
        if not word.endswith(ending):
            continue
        stem = word.removesuffix(ending) if ending else word
        for bare in _bare(stem) if ending in EMPTY else (stem,):
            fits = _fits_in(paradigm, bare)
            fits &= ending != "" or bare != stem or not _needs_vowel(paradigm, stem)
            if fits and ending in _endings(paradigm, bare):
                yield bare
    if paradigm.kind == "adjective":
        yield from (s for s in compared_stems(word) if _fits_in(paradigm, s))


def _fits_in(paradigm: Paradigm, stem: str) -> bool:
    return len(stem) >= paradigm.shortest and stem[-1] in paradigm.last


def _endings(paradigm: Paradigm, stem: str) -> tuple[str, ...]:
    """The endings that this stem can have: adjectives in -ский have no short forms, and such a stem
    is not that of a noun in -а."""
    if paradigm.kind == "adjective" and stem.endswith(LONG_ONLY) and stem not in NOT_LONG_ONLY:
        return tuple(ending for ending in paradigm.endings if len(ending) > 1)
    if not stem.endswith(("ск", "цк")):
        return paradigm.endings
    if paradigm is FEMININE_VELAR and len(stem) > 3 and stem[-3] not in VOWEL:
        return ()
    return paradigm.endings


def _filled(paradigm: Paradigm, stem: str) -> frozenset[str]:
    endings = _endings(paradigm, stem)
    found = {stem + ending for ending in endings}
    if _needs_vowel(paradigm, stem):
        found.discard(stem)
    for empty in (ending for ending in endings if ending in EMPTY):
        found |= {full + empty for full in _full(stem)}
    if paradigm.kind == "adjective":
        found |= compared(stem)
    return frozenset(found)


def _needs_vowel(paradigm: Paradigm, stem: str) -> bool:
    """Whether the form without an ending must have a fleeting vowel: песня, песен; горный,
    горен."""
    hard_to_say = stem[-1] in "нкг" and stem[-2] not in VOWEL
    return paradigm is FEMININE_SOFT or (paradigm.kind == "adjective" and hard_to_say)


def _bare(stem: str) -> Iterable[str]:
    """The stem without its fleeting vowel, and unchanged: отец, отц; писем, письм; боец, бойц."""
    yield stem
    if len(stem) < 3 or stem[-1] in VOWEL or stem[-2] not in (*FLEETING, "я"):
        return
    if stem[-3] in VOWEL:
        yield f"{stem[:-2]}й{stem[-1]}"
    elif stem[-2] in FLEETING:
        yield stem[:-2] + stem[-1]
        if stem[-3] in SOFT:
            yield f"{stem[:-2]}ь{stem[-1]}"


def _full(stem: str) -> Iterable[str]:
    """The stem with a fleeting vowel: окн, окон; чашк, чашек; письм, писем."""
    if len(stem) > 2 and stem[-1] not in VOWEL and stem[-2] not in VOWEL:
        start = stem[:-2] if stem[-2] in "ьй" else stem[:-1]
        for vowel in FLEETING:
            yield start + vowel + stem[-1]


class VerbEndings(NamedTuple):
    """`finite` and `participles` follow the stem, the two others the changed stem."""

    finite: frozenset[str]
    participles: frozenset[str]
    soft: frozenset[str]
    soft_participles: frozenset[str]


@cache
def _verb_endings(verb: Verb) -> VerbEndings:
    finite = frozenset("" if ending == "-" else ending for ending in verb.endings.split())
    active = {part + ending for part in verb.active.split() for ending in LONG_HUSH.split()}
    participles = frozenset({*active, *_passive(verb.passive)})
    return VerbEndings(
        finite, participles, frozenset(verb.soft.split()), frozenset(_passive(verb.soft_passive))
    )


def _passive(parts: str) -> Iterator[str]:
    for part in parts.split():
        yield from (part + ending for ending in LONG.split())
        short = part.removesuffix("н") if part.endswith("нн") else part
        yield from (short + ending for ending in SHORT)


def _conjugated(verb: Verb, word: str) -> Iterator[WordForms]:
    own = _verb_endings(verb)
    for stem in _verb_stems(own, word):
        if len(stem) < verb.shortest or (stem and stem[-1] not in verb.last):
            continue
        changed = _changed(stem)
        finite = {stem + ending for ending in own.finite if ending not in WEAK}
        soft = {one + end for one in changed for end in own.soft - WEAK if _fits(one, end)}
        others = {stem + ending for ending in own.participles | (own.finite & WEAK)}
        others |= {one + end for one in changed for end in own.soft_participles | own.soft & WEAK}
        against = frozenset(stem + ending for ending in verb.against.split())
        yield WordForms(frozenset(finite | soft | others), frozenset(finite | soft), against)


def _verb_stems(own: VerbEndings, word: str) -> set[str]:
    plain = own.finite | own.participles
    stems = {word.removesuffix(e) if e else word for e in plain if word.endswith(e)}
    for ending in own.soft | own.soft_participles:
        changed = word.removesuffix(ending)
        if word.endswith(ending) and _fits(changed, ending):
            stems |= {_swapped(changed, new, old) for old, new in SOFTENED if changed.endswith(new)}
            if changed.endswith(UNCHANGED):
                stems.add(changed)
    return stems


def _changed(stem: str) -> set[str]:
    found = {_swapped(stem, old, new) for old, new in SOFTENED if stem.endswith(old)}
    return found | ({stem} if stem.endswith(UNCHANGED) else set())


def _swapped(stem: str, old: str, new: str) -> str:
    return stem.removesuffix(old) + new


def _fits(changed: str, ending: str) -> bool:
    """Whether the ending's vowel letter can follow the consonant: пишу, люблю."""
    return ending not in ("ю", "у") or (ending == "у") == changed.endswith(tuple(HUSH))
