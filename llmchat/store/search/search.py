"""Finds messages by their words: the newest ones, or the best matches.

Why: docs/decisions/0033-search-index.md, 0151-imports-are-stretches-of-a-search.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import NamedTuple

from llmchat.store.database.columns import row_of
from llmchat.store.search.forms.lookup import forms_of
from llmchat.store.search.index import searched
from llmchat.store.search.query import Query, parse
from llmchat.store.search.snippet import snippet

LIMIT = 20
FEW = 128  # messages; so few are scanned faster than the index finds a common word
_FOUND = """SELECT c.id, c.title, m.id, m.role, m.created, m.provider, m.model, m.text
    FROM {source} JOIN conversation AS c ON c.n = m.conversation
    WHERE {match} AND {row} BETWEEN ? AND ? AND c.deleted IS NULL{where} ORDER BY {order} LIMIT ?"""
_WORDS = "words JOIN message AS m ON m.id = words.rowid"
_ALL = (1, 2**63 - 1)  # the range of message numbers

Stretch = tuple[int, int]  # the first and last number of a range of messages


class Found(NamedTuple):
    """The columns above."""

    conversation: str
    title: str
    message: int
    role: str
    created: float
    provider: str
    model: str
    text: str


class Hit(NamedTuple):
    """A message that was found; `snippet` is the text around the words, in plain and marked
    pieces."""

    conversation: str
    title: str
    message: int
    role: str
    created: float
    provider: str
    model: str
    snippet: tuple[tuple[str, bool], ...]


def search(
    connection: sqlite3.Connection,
    text: str,
    *,
    now: float,
    limit: int = LIMIT,
    rank: bool = False,
) -> list[Hit]:
    """The newest messages that contain every word, or with `rank` the best matches."""
    query = parse(text, now=now, forms=partial(forms_of, connection))
    if rank and query.match:
        found = _ask(connection, query, limit, _ALL, order="words.rank")
    else:
        found = _newest(connection, query, limit)
    return [Hit(*row[:7], snippet(row.text, query.marks)) for row in found]


def _newest(connection: sqlite3.Connection, query: Query, limit: int) -> list[Found]:
    """The newest messages. Ids grow with time, so they are sorted by id; imports are older than
    their ids suggest, and are queried separately and sorted in."""
    stretches = _stretches(connection)
    found = [row for part in stretches for row in _in_order(connection, query, limit, part)]
    if len(stretches) > 1:
        found.sort(key=lambda row: row.created, reverse=True)
    return found[:limit] if limit >= 0 else found


def _stretches(connection: sqlite3.Connection) -> list[Stretch]:
    """The ranges of each import, and those between imports: within each the ids grow with time."""
    found: list[Stretch] = []
    at, end = 1, connection.execute("SELECT max(id) FROM message").fetchone()[0] or 0
    for first, last in connection.execute(
        "SELECT first, last FROM batch WHERE typeof(last) = 'integer' ORDER BY first"
    ):
        found += [(at, first - 1), (max(at, first), last)]
        at = max(at, last + 1)
    return [part for part in (*found, (at, end)) if part[0] <= part[1]]


def _in_order(
    connection: sqlite3.Connection, query: Query, limit: int, within: Stretch
) -> list[Found]:
    order = "words.rowid DESC" if query.match else "m.id DESC"
    if query.open_ended and not query.where and limit > 0:
        found = _common(connection, query, limit, within)
        if found is not None:
            return found
    return _ask(connection, query, limit, within, order=order)


def _common(
    connection: sqlite3.Connection, query: Query, limit: int, within: Stretch
) -> list[Found] | None:
    """The newest hits of a common word, or among few messages; None otherwise.

    The index looks up all words with a prefix before it returns the first hit: 20 ms for a million
    messages. But if the word itself has enough hits among the newest messages, or there are only
    few messages, only those need to be searched for words with that prefix.
    """
    exact = query.closed()
    found = _ask(connection, exact, limit, within, order="words.rowid DESC")
    before = found[-1].message if len(found) == limit else within[0] - 1
    newer = connection.execute(
        "SELECT id, text FROM message WHERE id > ? AND id <= ? AND indexed LIMIT ?",
        (before, within[1], FEW + 1),
    ).fetchall()
    if len(newer) > FEW:
        return None
    known = {row.message for row in found}
    others = [message for message in _matching(newer, query.match) if message not in known]
    among = f" AND m.id IN ({', '.join(map(str, others))})"
    rest = query.only_filters()
    found += _ask(connection, rest, limit, within, among=among, order="m.id DESC")
    found.sort(key=lambda row: row.message, reverse=True)
    return found[:limit]


def _matching(messages: Sequence[tuple[int, str]], match: str) -> list[int]:
    """The ids of these messages that match, found with a temporary index."""
    with closing(sqlite3.connect(":memory:")) as few:
        few.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'ascii')")
        few.executemany(
            "INSERT INTO words (rowid, text) VALUES (?, ?)",
            [(message, searched(text)) for message, text in messages],
        )
        found = few.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,))
        return [message for (message,) in found]


def _ask(
    connection: sqlite3.Connection,
    query: Query,
    limit: int,
    within: Stretch,
    *,
    among: str = "",
    order: str,
) -> list[Found]:
    sql = _FOUND.format(
        source=_WORDS if query.match else "message AS m",
        match="words MATCH ?" if query.match else "m.state <> 'streaming'",
        row="words.rowid" if query.match else "m.id",
        where=query.where + among,
        order=order,
    )
    match = (query.match,) if query.match else ()
    rows = connection.execute(sql, (*match, *within, *query.values, limit))
    return [row_of(Found, row) for row in rows]
