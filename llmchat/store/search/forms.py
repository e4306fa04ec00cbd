"""The forms of a word that the index knows: `пчёлах` for `пчёлы`, `studies` for `study`.

Why: docs/decisions/0134-word-forms.md.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

SHORTEST = 3  # characters of a stem; below it nearly everything is related
MOST_TERMS = 2_000  # words of the index that are looked at: 16 µs each
MOST_FORMS = 64
LAST = "\U0010ffff"  # behind every word

Stem = Callable[[str], str]


def forms_of(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Words of the index with the same stem as a folded word, which those that begin with it need
    not be."""
    language = _language(word)
    if not language or len(word) < SHORTEST:
        return ()
    stem = _stemmer(language)
    wanted = stem(word)
    start = _shared(word, wanted).removesuffix("i")  # `studi`, the stem of `study`
    if min(len(wanted), len(start)) < SHORTEST:
        return ()
    terms = _terms(connection, start)
    return tuple(t for t in terms if not t.startswith(word) and stem(t) == wanted)[:MOST_FORMS]


def _language(word: str) -> str:
    if not word.isalpha():
        return ""
    if word.isascii():
        return "english"
    return "russian" if all("а" <= character <= "я" for character in word) else ""


def _shared(word: str, stem: str) -> str:
    """How both begin."""
    same = (n for n, pair in enumerate(zip(word, stem, strict=False)) if pair[0] != pair[1])
    return word[: next(same, min(len(word), len(stem)))]


@lru_cache(maxsize=2)
def _stemmer(language: str) -> Stem:
    """One language: the package's own front would load all thirty, 100 ms instead of 4."""
    if "snowballstemmer" not in sys.modules:
        found = find_spec("snowballstemmer")
        bare = ModuleType("snowballstemmer")
        bare.__path__ = list(found.submodule_search_locations or ()) if found else []
        sys.modules["snowballstemmer"] = bare
    module = import_module(f"snowballstemmer.{language}_stemmer")
    stemmer = getattr(module, f"{language.capitalize()}Stemmer")()
    return stemmer.stemWord  # type: ignore[no-any-return]  # carries no types


def _terms(connection: sqlite3.Connection, start: str) -> list[str]:
    """Words of the index that begin so."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, words, row)"
    )
    found = connection.execute(
        "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT ?",
        (start, start + LAST, MOST_TERMS),
    )
    return [term for (term,) in found]
