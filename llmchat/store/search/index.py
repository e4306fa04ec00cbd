"""Maintains the search index, which contains the normalized words of messages but no text."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from llmchat.store.database.columns import fit_text
from llmchat.store.search.normalize import index_words
from llmchat.values.progress import UNSEEN, Work

MOST = 1_000_000  # characters of one message that a search knows; nobody writes or reads more
# How many segments FTS5 merges: bit by bit, all at once, when asked to. What it has by itself, and:
USUAL = {"automerge": 4, "crisismerge": 16, "usermerge": 4}
BULK = {"automerge": 0, "crisismerge": 200}
AFTER_BULK = {"usermerge": USUAL["crisismerge"]}  # so that no later question has to do it
A_STEP = 2000  # pages of 4 kB

# A summary says what the messages before it say: nothing is to be found twice.
_SEARCHED = "state <> 'streaming' AND role <> 'summary'"


def searched(text: object) -> str:
    """What the index is given for a message."""
    return index_words(fit_text(text)[:MOST])


def add(connection: sqlite3.Connection, message: int, text: object) -> None:
    """Put a finished message into the index."""
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (message, searched(text)))
    connection.execute("UPDATE message SET indexed = 1 WHERE id = ?", (message,))


def add_many(connection: sqlite3.Connection, first: int, words: list[str]) -> None:
    """New messages with numbers in a row from `first`, whose rows say so already; `words` are what
    `searched` made of them. In one statement, so that Python can do something else meanwhile; and
    each segment is written twice, not once for each four others.
    Why: docs/decisions/0152-two-hundred-segments-at-a-time.md."""
    import json  # 5 ms, for imports only

    _set(connection, BULK)
    connection.execute(
        "INSERT INTO words (rowid, text) SELECT key + ?, value FROM json_each(?)",
        (first, json.dumps(words, ensure_ascii=False)),
    )
    connection.execute("SAVEPOINT written")  # before it FTS5 writes what it still holds
    connection.execute("RELEASE written")
    _set(connection, USUAL)


def settle(connection: sqlite3.Connection) -> bool:
    """A step of merging what `add_many` left in many segments; False when nothing is left to do."""
    _set(connection, AFTER_BULK)
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (A_STEP,))
    merged = connection.total_changes - before > 1  # as FTS5's manual says
    _set(connection, USUAL)
    return merged


def _set(connection: sqlite3.Connection, settings: Mapping[str, int]) -> None:
    """They are kept in the file; the caller's transaction puts them back."""
    connection.executemany("INSERT INTO words (words, rank) VALUES (?, ?)", settings.items())


def remove(connection: sqlite3.Connection, message: int, text: object) -> None:
    """Remove a message; the index needs its text, because it stores none."""
    connection.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
        (message, searched(text)),
    )
    connection.execute("UPDATE message SET indexed = 0 WHERE id = ?", (message,))


def forget_removed(connection: sqlite3.Connection) -> None:
    """Removed messages are only marked so; merging the whole index writes it without them."""
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")


def rebuild(connection: sqlite3.Connection, *, work: Work = UNSEEN) -> None:
    """Rebuild the index from the messages; inside the caller's transaction."""
    connection.execute("DROP TABLE IF EXISTS words")
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'ascii')"
    )
    rows = connection.execute(
        f"SELECT id, text FROM message WHERE {_SEARCHED} ORDER BY id"
    ).fetchall()
    work.expect(len(rows))
    for message, text in work.track(rows):
        connection.execute(
            "INSERT INTO words (rowid, text) VALUES (?, ?)", (message, searched(text))
        )
    connection.execute(f"UPDATE message SET indexed = ({_SEARCHED})")
