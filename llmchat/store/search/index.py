"""Maintains the search index, which contains the normalized words of messages but no text."""

from __future__ import annotations

import sqlite3

from llmchat.store.search.normalize import index_words
from llmchat.values.progress import UNSEEN, Work

MOST = 1_000_000  # characters of one message that a search knows; nobody writes or reads more
AUTOMERGE = 4  # what FTS5 has by itself

# A summary says what the messages before it say: nothing is to be found twice.
_SEARCHED = "state <> 'streaming' AND role <> 'summary'"


def searched(text: str) -> str:
    """What the index is given for a message."""
    return index_words(text[:MOST])


def add(connection: sqlite3.Connection, message: int, text: str) -> None:
    """Put a finished message into the index."""
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (message, searched(text)))
    connection.execute("UPDATE message SET indexed = 1 WHERE id = ?", (message,))


def add_many(connection: sqlite3.Connection, first: int, words: list[str]) -> None:
    """New messages with numbers in a row from `first`, whose rows say so already; `words` are what
    `searched` made of them. In one statement, so that Python can do something else meanwhile; and
    segments are merged sixteen at a time instead of four, which writes each less often."""
    import json  # 5 ms, for imports only

    _merge_by(connection, 0)
    connection.execute(
        "INSERT INTO words (rowid, text) SELECT key + ?, value FROM json_each(?)",
        (first, json.dumps(words, ensure_ascii=False)),
    )
    _merge_by(connection, AUTOMERGE)


def _merge_by(connection: sqlite3.Connection, segments: int) -> None:
    """How many make FTS5 merge them in small steps; with 0 only its other limit of 16 does."""
    connection.execute("INSERT INTO words (words, rank) VALUES ('automerge', ?)", (segments,))


def remove(connection: sqlite3.Connection, message: int, text: str) -> None:
    """Take a message out; the index has to be told the text, because it keeps none."""
    connection.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
        (message, searched(text)),
    )
    connection.execute("UPDATE message SET indexed = 0 WHERE id = ?", (message,))


def forget_removed(connection: sqlite3.Connection) -> None:
    """Removed messages are only marked so; merging the whole index writes it without them."""
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")


def rebuild(connection: sqlite3.Connection, *, work: Work = UNSEEN) -> None:
    """Make the index anew from the messages; inside the caller's transaction."""
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
