"""Tokens of the saved answers, by day and model: from which their cost is calculated."""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

from llmchat.store.database.columns import MOST_COUNT, row_of

DAY = "date(created, 'unixepoch', 'localtime')"  # NULL for what no calendar has
_NO_DAY = "?"

# A summary that no model made has no model. An answer that is still coming has no tokens yet.
_ANSWERS = "state <> 'streaming' AND (role = 'assistant' OR role = 'summary' AND model <> '')"

# A fork has copies of answers that were paid for in the conversation it was made from.
PAID = """NOT EXISTS (SELECT 1 FROM conversation AS fork WHERE fork.n = message.conversation
    AND fork.forked_from IS NOT NULL AND message.created < fork.created)"""

# By the indexes: whatever is older is not read, however much there is.
_LATELY = """SELECT n FROM conversation WHERE deleted IS NULL AND updated >= :since
    UNION ALL SELECT n FROM conversation WHERE deleted IS NOT NULL AND deleted >= :since"""


def summed(column: str, where: str = "true") -> str:
    """The SQL of a sum of tokens: a number that cannot be one would end it, or be all there is."""
    fits = f"{column} BETWEEN 0 AND {MOST_COUNT} AND {where}"
    return f"CAST(coalesce(sum({column}) FILTER (WHERE {fits}), 0) AS INTEGER)"


class UsageTally(NamedTuple):
    """Answers of one day and model that a price fits alike: all of them have both counts or not
    (`counted`), and cached tokens or not. The sums are over what services reported."""

    day: str
    provider: str
    model: str
    counted: bool
    requests: int  # answers, and summaries that a model made
    answers: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    tokens: int


def midnight(now: float, days: int) -> float:
    """When the last `days` began, today being the first of them."""
    year, month, day, *_ = time.localtime(now)
    try:
        return time.mktime((year, month, day + 1 - days, 0, 0, 0, 0, 0, -1))
    except (OverflowError, ValueError):  # before any calendar
        return 0.0


def tallies(
    connection: sqlite3.Connection, *, now: float, days: int | None = None, provider: str = ""
) -> list[UsageTally]:
    """Of the last `days`, today being the first, by this machine's clock; of one provider if named.
    An answer with more cached tokens than tokens in its prompt is not counted by any rule we know.
    """
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
