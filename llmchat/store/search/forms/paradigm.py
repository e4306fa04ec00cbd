"""What a paradigm says about a word's forms, in any language; pure."""

from __future__ import annotations

from typing import NamedTuple


class WordForms(NamedTuple):
    """All possible forms of the word; those of which one must be in use (a participle alone, which
    looks like an adjective, does not make a verb); and those of which none may be. A paradigm from
    a written-out table is `certain`, however few of its forms the index has."""

    forms: frozenset[str]
    sure: frozenset[str]
    against: frozenset[str] = frozenset()
    certain: bool = False
