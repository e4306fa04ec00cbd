"""Finding messages by their words: the newest hits, or the best."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from llmchat.store.query import Query, parse
from llmchat.store.rows import Hit
from llmchat.store.snippet import snippet

LIMIT = 20
_FOUND = """SELECT c.id, c.title, m.id, m.role, m.created, m.provider, m.model, m.text
    FROM {source} JOIN conversation AS c ON c.n = m.conversation
    WHERE {match} AND c.deleted IS NULL{where} ORDER BY {order} LIMIT ?"""
_WORDS = "words JOIN message AS m ON m.id = words.rowid"


def search(
    connection: sqlite3.Connection,
    text: str,
    *,
    now: float,
    limit: int = LIMIT,
    rank: bool = False,
) -> list[Hit]:
    """The newest messages that hold every word, or with `rank` the best."""
    query = parse(text, now=now)
    found = _ranked(connection, query, limit) if rank else _newest(connection, query, limit)
    return [Hit(*row[:7], snippet(str(row[7]), query.marks)) for row in found]


def _ranked(connection: sqlite3.Connection, query: Query, limit: int) -> list[tuple[object, ...]]:
    if not query.match:
        return _newest(connection, query, limit)
    sql = _FOUND.format(source=_WORDS, match="words MATCH ?", where=query.where, order="words.rank")
    return connection.execute(sql, (query.match, *query.values, limit)).fetchall()


def _newest(connection: sqlite3.Connection, query: Query, limit: int) -> list[tuple[object, ...]]:
    """Ids grow with time, so the newest come first by rowid; imports are older than their ids say,
    are asked for one by one and sorted in."""
    batches = connection.execute("SELECT first, last FROM batch").fetchall()
    if not batches:
        return _in_order(connection, query, limit, where="", bounds=())
    outside = " AND NOT EXISTS (SELECT 1 FROM batch WHERE m.id BETWEEN first AND last)"
    found = _in_order(connection, query, limit, where=outside, bounds=())
    for batch in batches:
        found += _in_order(
            connection, query, limit, where=" AND {id} BETWEEN ? AND ?", bounds=batch
        )
    found.sort(key=_created, reverse=True)
    return found[:limit]


def _in_order(
    connection: sqlite3.Connection,
    query: Query,
    limit: int,
    *,
    where: str,
    bounds: Iterable[int],
) -> list[tuple[object, ...]]:
    number = "words.rowid" if query.match else "m.id"
    sql = _FOUND.format(
        source=_WORDS if query.match else "message AS m",
        match="words MATCH ?" if query.match else "m.state <> 'streaming'",
        where=query.where + where.format(id=number),
        order=f"{number} DESC",
    )
    match = (query.match,) if query.match else ()
    return connection.execute(sql, (*match, *query.values, *bounds, limit)).fetchall()


def _created(row: tuple[object, ...]) -> float:
    created = row[4]
    assert isinstance(created, float)
    return created
