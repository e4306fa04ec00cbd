"""The numbers of `history stats`: conversations, answers, tokens, size, by model."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from llmchat.store.database.columns import LATEST, MOST_COUNT, row_of
from llmchat.store.history.figures.spending import DAY, PAID, summed

DAYS = 14


class ModelStats(NamedTuple):
    """Answers of one model."""

    provider: str
    model: str
    answers: int
    tokens: int
    first_token_ms: int | None


class DayStats(NamedTuple):
    """Answers of one day, by this machine's clock."""

    day: str
    answers: int
    tokens: int


class Stats(NamedTuple):
    """The statistics of the whole history; `size` is in bytes, `tokens` as reported by services."""

    conversations: int
    trash: int
    questions: int
    answers: int
    unfinished: int
    tokens: int
    first: float | None
    last: float | None
    size: int
    models: tuple[ModelStats, ...]
    days: tuple[DayStats, ...]


def stats(connection: sqlite3.Connection, *, size: int) -> Stats:
    conversations = connection.execute(
        f"""SELECT count(*) - count(deleted), count(deleted),
            min(created) FILTER (WHERE created BETWEEN 0 AND {LATEST}),
            max(updated) FILTER (WHERE updated BETWEEN 0 AND {LATEST}) FROM conversation"""
    ).fetchone()
    said = connection.execute(
        f"""SELECT count(*) FILTER (WHERE role = 'user'),
            count(*) FILTER (WHERE role = 'assistant'),
            count(*) FILTER (WHERE role = 'assistant' AND state <> 'complete'),
            {summed("total_tokens", PAID)} FROM message"""
    ).fetchone()
    numbers = [*conversations[:2], *said, *conversations[2:], size]
    return Stats._make([*numbers, _models(connection), _days(connection)])


def _models(connection: sqlite3.Connection) -> tuple[ModelStats, ...]:
    rows = connection.execute(
        f"""SELECT provider, model, count(*) FILTER (WHERE role = 'assistant'),
            {summed("total_tokens", PAID)},
            CAST(avg(first_token_ms) FILTER (WHERE first_token_ms BETWEEN 0 AND {MOST_COUNT})
                AS INTEGER)
            FROM message WHERE role IN ('assistant', 'summary') AND model <> ''
            GROUP BY provider, model ORDER BY count(*) DESC"""
    )
    return tuple(row_of(ModelStats, row) for row in rows)


def _days(connection: sqlite3.Connection) -> tuple[DayStats, ...]:
    """The latest days with answers, oldest first."""
    rows = connection.execute(
        f"""SELECT {DAY} AS day,
            count(*) FILTER (WHERE role = 'assistant'),
            {summed("total_tokens", PAID)}
            FROM message WHERE role IN ('assistant', 'summary')
            GROUP BY day HAVING day IS NOT NULL ORDER BY day DESC LIMIT ?""",
        (DAYS,),
    )
    return tuple(row_of(DayStats, row) for row in rows)[::-1]
