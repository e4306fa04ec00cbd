"""What a paradigm says of a word's forms, in any language; pure."""

from __future__ import annotations

from typing import NamedTuple


class WordForms(NamedTuple):
    """All that would be forms of the word; those of which one has to be in use (a participle
    alone, which looks like an adjective, makes no verb); and those of which none may be. What a
    table writes out is `certain`, however few of its forms the index has."""

    forms: frozenset[str]
    sure: frozenset[str]
    against: frozenset[str] = frozenset()
    certain: bool = False
