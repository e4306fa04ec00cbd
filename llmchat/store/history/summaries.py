"""The row of a summary, which ends one stretch of a conversation and begins the next.

Why: docs/decisions/0135-a-summary-is-one-row.md.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.errors import NothingFound
from llmchat.language import msg
from llmchat.store.history.rows import storable
from llmchat.store.search import index
from llmchat.values.roles import SUMMARY

if TYPE_CHECKING:
    from llmchat.values.turn import Turn


@dataclass(frozen=True, slots=True)
class Summary:
    """`text` stands for what is above the message `parent`, save for the last `keeps` messages;
    `turn` says who made it and what it cost, None where no model did."""

    parent: int
    text: str
    keeps: int
    turn: Turn | None = None


def add(connection: sqlite3.Connection, summary: Summary, *, now: float) -> int:
    """One row and the new end of the branch, in the caller's transaction."""
    found = connection.execute(
        "SELECT conversation FROM message WHERE id = ?", (summary.parent,)
    ).fetchone()
    if not found:
        raise NothingFound(
            msg("the conversation is no longer in the history"), hint=msg("/new begins another one")
        )
    columns = {
        "conversation": found[0],
        "parent": summary.parent,
        "role": SUMMARY,
        "state": "complete",
        "created": now,
        "ended": now,
        "keeps": summary.keeps,
        "text": storable(summary.text),
        **(_provenance(summary.turn) if summary.turn else {}),
    }
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    row = connection.execute(
        f"INSERT INTO message ({names}) VALUES ({marks})", tuple(columns.values())
    ).lastrowid
    assert row is not None
    connection.execute(
        "UPDATE conversation SET leaf = ?, updated = ?, messages = messages + 1 WHERE n = ?",
        (row, now, found[0]),
    )
    return row


def forget_refused(connection: sqlite3.Connection, answer: int) -> None:
    """An answer without text, and its question unless somebody else answers that."""
    question = connection.execute(
        "SELECT parent FROM message WHERE id = ? AND state = 'error' AND text = ''", (answer,)
    ).fetchone()
    for number in (answer, question[0]) if question else ():
        if not connection.execute("SELECT 1 FROM message WHERE parent = ?", (number,)).fetchone():
            _forget(connection, number)


def _forget(connection: sqlite3.Connection, number: int) -> None:
    row = connection.execute(
        "SELECT conversation, text, indexed FROM message WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        return
    conversation, text, indexed = row
    if indexed:
        index.remove(connection, number, text)
    connection.execute("DELETE FROM piece WHERE message = ?", (number,))
    connection.execute("DELETE FROM attachment WHERE message = ?", (number,))
    connection.execute("DELETE FROM message WHERE id = ?", (number,))
    connection.execute(
        "UPDATE conversation SET messages = messages - 1 WHERE n = ?", (conversation,)
    )


def _provenance(turn: Turn) -> dict[str, object]:
    usage = turn.usage
    return {
        "requested_provider": turn.provider,
        "provider": turn.provider,
        "requested_model": turn.requested_model,
        "model": turn.model,
        "finish_reason": turn.finish_reason,
        "request_id": turn.request_id,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "cached_tokens": usage.cached_tokens,
        "first_token_ms": turn.first_token_ms,
        "total_ms": turn.total_ms,
    }
