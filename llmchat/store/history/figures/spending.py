"""Tokens of the saved answers by day and model, from which their cost is calculated."""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

from llmchat.store.database.columns import MOST_COUNT, row_of

DAY = "date(created, 'unixepoch', 'localtime')"  # NULL for a time outside the calendar
_NO_DAY = "?"

# A summary without a model cost nothing, and a streaming answer has no tokens yet.
_ANSWERS = "state <> 'streaming' AND (role = 'assistant' OR role = 'summary' AND model <> '')"

# A fork has copies of answers that were paid for in the original conversation.
PAID = """NOT EXISTS (SELECT 1 FROM conversation AS fork WHERE fork.n = message.conversation
    AND fork.forked_from IS NOT NULL AND message.created < fork.created)"""

# Uses the indexes, so that older rows are not read, however many there are.
_LATELY = """SELECT n FROM conversation WHERE deleted IS NULL AND updated >= :since
    UNION ALL SELECT n FROM conversation WHERE deleted IS NOT NULL AND deleted >= :since"""


def summed(column: str, where: str = "true") -> str:
    """SQL that sums tokens and ignores invalid numbers, which would make the sum fail or dominate
    it."""
    fits = f"{column} BETWEEN 0 AND {MOST_COUNT} AND {where}"
    return f"CAST(coalesce(sum({column}) FILTER (WHERE {fits}), 0) AS INTEGER)"


class UsageTally(NamedTuple):
    """Answers of one day and model to which the same price rule applies: either all or none have
    both counts (`counted`), and all or none have cached tokens. The sums are of what services
    reported."""

    day: str
    provider: str
    model: str
    counted: bool
    requests: int  # answers, and summaries made by a model
    answers: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    tokens: int


def midnight(now: float, days: int) -> float:
    """When the last `days` began, including today."""
    year, month, day, *_ = time.localtime(now)
    try:
        return time.mktime((year, month, day + 1 - days, 0, 0, 0, 0, 0, -1))
    except (OverflowError, ValueError):  # before year 1
        return 0.0


def tallies(
    connection: sqlite3.Connection, *, now: float, days: int | None = None, provider: str = ""
) -> list[UsageTally]:
    """Tallies of the last `days`, including today, by this machine's clock; of one provider if
    named. Answers that report more cached tokens than prompt tokens are not counted, as no price
    rule fits them."""
    since = f"AND created >= :since AND conversation IN ({_LATELY})" if days else ""
    own = "AND provider = :provider" if provider else ""
    rows = connection.execute(
        f"""SELECT coalesce({DAY}, '{_NO_DAY}') AS day, provider, model,
                coalesce(prompt_tokens BETWEEN coalesce(cached_tokens, 0) AND {MOST_COUNT}
                    AND completion_tokens BETWEEN 0 AND {MOST_COUNT}, 0) AS counted,
                count(*), count(*) FILTER (WHERE role = 'assistant'),
                {summed("prompt_tokens")}, {summed("cached_tokens")},
                {summed("completion_tokens")}, {summed("total_tokens")}
            FROM message WHERE {_ANSWERS} AND {PAID} {since} {own}
            GROUP BY day, provider, model, counted, coalesce(cached_tokens, 0) > 0
            ORDER BY day""",
        {"since": midnight(now, days or 0), "provider": provider},
    )
    return [row_of(UsageTally, row) for row in rows]
