"""The rows of a turn when it ends: its pieces, the whole answer, or what a dead process left."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from llmchat.store.database.columns import fit, storable
from llmchat.store.history.queries import text_so_far
from llmchat.store.history.writing.turns import File, TurnPlace, attach
from llmchat.store.search import index

if TYPE_CHECKING:
    from llmchat.values.turn import Turn


def add_piece(connection: sqlite3.Connection, answer: int, text: str) -> None:
    connection.execute("INSERT INTO piece (message, text) VALUES (?, ?)", (answer, storable(text)))


def finish(connection: sqlite3.Connection, place: TurnPlace, turn: Turn, *, now: float) -> bool:
    """The whole answer with its provenance, found by search from now on. Returns whether its
    conversation was put into the trash meanwhile."""
    error = turn.error
    _settle(
        connection,
        place.answer,
        storable(turn.text),
        state=turn.state,
        ended=now,
        **provenance(turn),
        attempts=_attempts(turn),
        error_kind=error.kind if error else "",
        error=error.message if error else "",
        reasoning=turn.reasoning,
        memory=_memory(turn),
    )
    attach(connection, place.answer, _pictures(turn))
    connection.execute(
        "UPDATE conversation SET updated = ?, provider = ?, model = ? WHERE n = ?",
        (
            now,
            storable(turn.provider),
            storable(turn.model or turn.requested_model),
            place.conversation,
        ),
    )
    trashed = "SELECT 1 FROM conversation WHERE n = ? AND deleted IS NOT NULL"
    return connection.execute(trashed, (place.conversation,)).fetchone() is not None


def provenance(turn: Turn) -> dict[str, object]:
    """The columns that say who answered, and what it took."""
    return {
        "provider": turn.provider,
        "model": turn.model,
        "finish_reason": turn.finish_reason,
        "request_id": turn.request_id,
        **asdict(turn.usage),
        "first_token_ms": turn.first_token_ms,
        "total_ms": turn.total_ms,
    }


def keep_data(connection: sqlite3.Connection, answer: int, data: str, schema: str) -> None:
    """Saves the data of an answer that has ended, besides its text."""
    connection.execute(
        "UPDATE message SET data = ?, schema = ? WHERE id = ?", (data, storable(schema), answer)
    )


def _memory(turn: Turn) -> str:
    if not turn.memory:
        return ""
    import json  # as below

    return json.dumps(dict(turn.memory), ensure_ascii=False)


def _pictures(turn: Turn) -> list[File]:
    """The files of the answer that were saved."""
    saved = [image for image in turn.images if image.path]
    if not saved:
        return []
    from llmchat.store.history.attachments import digest  # hashlib, only for answers with files

    return [(i.path, i.media_type, len(i.content), digest(i.content)) for i in saved]


def _attempts(turn: Turn) -> str:
    if not turn.attempts:
        return "[]"
    import json  # 5 ms that reading the history need not pay

    return json.dumps([asdict(attempt) for attempt in turn.attempts])


def _settle(connection: sqlite3.Connection, answer: int, text: str, **columns: object) -> None:
    """Marks an answer as ended, and adds it and its question to the index."""
    before = connection.execute(
        "SELECT indexed, text, parent FROM message WHERE id = ?", (answer,)
    ).fetchone()
    if before[0]:  # another process thought we were dead and ended the turn
        index.remove(connection, answer, before[1])
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(
        f"UPDATE message SET {names}, text = ?, process = NULL, process_start = NULL WHERE id = ?",
        (*map(fit, columns.values()), text, answer),
    )
    connection.execute("DELETE FROM piece WHERE message = ?", (answer,))
    question = connection.execute(
        "SELECT id, text FROM message WHERE id = ? AND indexed = 0 AND role <> 'summary'",
        (before[2],),
    ).fetchone()
    if question:
        index.add(connection, *question)
    index.add(connection, answer, text)


def interrupt(connection: sqlite3.Connection, answers: Sequence[int]) -> None:
    """Ends the answers of dead processes, with the text that was saved."""
    for answer in answers:
        state = connection.execute("SELECT state FROM message WHERE id = ?", (answer,)).fetchone()
        if state and state[0] == "streaming":
            _settle(
                connection,
                answer,
                text_so_far(connection, answer),
                state="interrupted",
                finish_reason="interrupted",
            )
