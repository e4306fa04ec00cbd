"""Finds the forms of a word that the index contains: `пчёлах` for `пчёлы`, `studies` for `study`.

Why: docs/decisions/0148-forms-are-made-and-looked-up.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from llmchat.store.search.forms.paradigm import WordForms

SHORTEST = 3  # letters of a word; shorter ones are too ambiguous
MOST_FORMS = 64
EVIDENCE = 4 / 5  # of the words of the best paradigm; one with fewer is dropped
AT_ONCE = 500  # words in one query; SQLite accepts a thousand


def forms_of(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """The forms of a folded word that are in the index, without those that begin with the word."""
    if len(word) < SHORTEST or not word.isalpha():
        return ()
    rows = list(_paradigms(word))
    wanted = frozenset[str]().union(*(row.forms | row.against for row in rows)) - {word}
    known = _known(connection, sorted(wanted))
    rows = [row for row in rows if _in_use(row, word, known)]
    least = EVIDENCE * max((len(row.forms & known) for row in rows), default=0)
    sure = (row.forms & known for row in rows if row.certain or len(row.forms & known) >= least)
    found = frozenset[str]().union(*sure)
    return tuple(form for form in sorted(found) if not form.startswith(word))[:MOST_FORMS]


def _in_use(row: WordForms, word: str, known: set[str]) -> bool:
    return (word in row.sure or bool(row.sure & known)) and not row.against & known


def _paradigms(word: str) -> Iterable[WordForms]:
    if word.isascii():
        from llmchat.store.search.forms import english  # each is imported only for its words

        return english.paradigms(word)
    if all("а" <= letter <= "я" for letter in word):
        from llmchat.store.search.forms import russian

        return russian.paradigms(word)
    return ()


def _known(connection: sqlite3.Connection, words: list[str]) -> set[str]:
    """The words that are in the index."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, words, row)"
    )
    found: set[str] = set()
    for start in range(0, len(words), AT_ONCE):
        some = words[start : start + AT_ONCE]
        marks = ",".join("?" * len(some))
        rows = connection.execute(f"SELECT term FROM temp.vocabulary WHERE term IN ({marks})", some)
        found |= {term for (term,) in rows}
    return found
