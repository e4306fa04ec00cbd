"""Maintains the search index, which contains the normalized words of messages but no text."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from llmchat.store.database.columns import fit_text
from llmchat.store.search.normalize import index_words
from llmchat.values.progress import UNSEEN, Work

MOST = 1_000_000  # characters of a message that are indexed
# How many segments FTS5 merges: gradually, all at once, and on request. Its defaults, and others:
USUAL = {"automerge": 4, "crisismerge": 16, "usermerge": 4}
BULK = {"automerge": 0, "crisismerge": 200}
AFTER_BULK = {"usermerge": USUAL["crisismerge"]}  # so that later queries need not merge
A_STEP = 2000  # pages of 4 kB

# A summary repeats messages, which should not be found twice.
_SEARCHED = "state <> 'streaming' AND role <> 'summary'"


def searched(text: object) -> str:
    """What is indexed of a message's text."""
    return index_words(fit_text(text)[:MOST])


def add(connection: sqlite3.Connection, message: int, text: object) -> None:
    """Adds a finished message to the index."""
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (message, searched(text)))
    connection.execute("UPDATE message SET indexed = 1 WHERE id = ?", (message,))


def add_many(connection: sqlite3.Connection, first: int, words: list[str]) -> None:
    """Adds new messages whose numbers begin with `first` and whose rows already exist; `words` come
    from `searched`. It is a single statement, so that Python can work in another thread meanwhile,
    and each segment is written twice instead of once per four others. Why:
    docs/decisions/0152-two-hundred-segments-at-a-time.md."""
    import json  # 5 ms, only for imports

    _set(connection, BULK)
    connection.execute(
        "INSERT INTO words (rowid, text) SELECT key + ?, value FROM json_each(?)",
        (first, json.dumps(words, ensure_ascii=False)),
    )
    connection.execute("SAVEPOINT written")  # makes FTS5 write what it has in memory
    connection.execute("RELEASE written")
    _set(connection, USUAL)


def settle(connection: sqlite3.Connection) -> bool:
    """Does one step of merging the segments that `add_many` left; False when it is done."""
    _set(connection, AFTER_BULK)
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (A_STEP,))
    merged = connection.total_changes - before > 1  # see FTS5's manual
    _set(connection, USUAL)
    return merged


def _set(connection: sqlite3.Connection, settings: Mapping[str, int]) -> None:
    """Changes settings, which are stored in the file; the caller's transaction restores them."""
    connection.executemany("INSERT INTO words (words, rank) VALUES (?, ?)", settings.items())


def remove(connection: sqlite3.Connection, message: int, text: object) -> None:
    """Removes a message; the index needs its text, because it stores none."""
    connection.execute(
        "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
        (message, searched(text)),
    )
    connection.execute("UPDATE message SET indexed = 0 WHERE id = ?", (message,))


def forget_removed(connection: sqlite3.Connection) -> None:
    """Rewrites the index without removed messages, which until then are only marked as removed."""
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")


def rebuild(connection: sqlite3.Connection, *, work: Work = UNSEEN) -> None:
    """Rebuilds the index from the messages, in the caller's transaction."""
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
