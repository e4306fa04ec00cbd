"""The row of a summary, which replaces earlier messages when the conversation is sent.

Why: docs/decisions/0135-a-summary-is-one-row.md.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.store.database.columns import storable
from llmchat.store.history.queries import has_children, remove_message
from llmchat.store.history.rows import insert
from llmchat.store.history.writing.endings import provenance
from llmchat.values.roles import SUMMARY

if TYPE_CHECKING:
    from llmchat.values.turn import Turn


@dataclass(frozen=True, slots=True)
class Summary:
    """`text` stands for what is above the message `parent` of a conversation, save for the last
    `keeps` messages; `turn` says who made it and what it cost, None where no model did."""

    conversation: str
    parent: int
    text: str
    keeps: int
    turn: Turn | None = None


def add(connection: sqlite3.Connection, summary: Summary, *, now: float) -> int | None:
    """One row and the new end of the branch, in the caller's transaction; none where the
    conversation was purged meanwhile."""
    found = connection.execute(
        """SELECT n FROM conversation JOIN message ON conversation = n
            WHERE conversation.id = ? AND message.id = ?""",
        (summary.conversation, summary.parent),
    ).fetchone()
    if not found:
        return None
    columns = {
        "conversation": found[0],
        "parent": summary.parent,
        "role": SUMMARY,
        "state": "complete",
        "created": now,
        "ended": now,
        "keeps": summary.keeps,
        "text": storable(summary.text),
        **(_asked(summary.turn) if summary.turn else {}),
    }
    row = insert(connection, "message", columns)
    connection.execute(
        "UPDATE conversation SET leaf = ?, updated = ?, messages = messages + 1 WHERE n = ?",
        (row, now, found[0]),
    )
    return row


def forget_refused(connection: sqlite3.Connection, answer: int) -> None:
    """Removes an answer without text, and its question unless that has another answer."""
    question = connection.execute(
        "SELECT parent FROM message WHERE id = ? AND state = 'error' AND text = ''", (answer,)
    ).fetchone()
    for number in (answer, question[0]) if question else ():
        if not has_children(connection, number):
            connection.execute(
                """UPDATE conversation SET messages = messages - 1
                    WHERE n = (SELECT conversation FROM message WHERE id = ?)""",
                (number,),
            )
            remove_message(connection, number)


def _asked(turn: Turn) -> dict[str, object]:
    """The provenance of a summary, as for an answer."""
    asked = {"requested_provider": turn.provider, "requested_model": turn.requested_model}
    return {**asked, **provenance(turn)}
