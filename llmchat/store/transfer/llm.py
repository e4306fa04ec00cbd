"""Conversations out of the logs.db of `llm`, whatever version wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from llmchat.errors import UsageError
from llmchat.store.transfer.llm_threads import ORIGIN, moment, threads

_WANTED = (
    "id",
    "model",
    "resolved_model",
    "prompt",
    "system",
    "response",
    "conversation_id",
    "duration_ms",
    "datetime_utc",
    "input_tokens",
    "output_tokens",
)


def conversations(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """One for each thread of newer versions; one for each conversation of older ones that is not a
    thread by now, and one for each answer that belongs to none."""
    if not _columns(connection, "responses"):
        raise UsageError(
            "no llm responses in this database", hint="llm logs path prints the right file"
        )
    newer: set[str] = set()
    if _columns(connection, "turns"):
        newer = {name for (name,) in connection.execute("SELECT id FROM threads")}
        yield from threads(connection)
    names = dict(connection.execute("SELECT id, name FROM conversations").fetchall())
    exchanges: dict[str, list[dict[str, Any]]] = {}
    for response in _responses(connection):
        thread = response["conversation_id"] or f"response {response['id']}"
        exchanges.setdefault(thread, []).append(response)
    for thread, responses in exchanges.items():
        if thread in newer:
            continue
        yield _conversation(connection, thread, responses, title=names.get(thread) or "")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def _responses(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """In the order of their ids, which llm makes from the time."""
    there = _columns(connection, "responses")
    columns = ", ".join(name if name in there else f"NULL AS {name}" for name in _WANTED)
    for row in connection.execute(f"SELECT {columns} FROM responses ORDER BY id"):
        yield dict(zip(_WANTED, row, strict=True))


def _conversation(
    connection: sqlite3.Connection, thread: str, responses: list[dict[str, Any]], *, title: str
) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for response in responses:
        messages += _exchange(connection, response, parent=messages[-1]["id"] if messages else None)
    return {
        "id": None,
        "source": f"{ORIGIN}:{thread}",
        "title": title,
        "created": messages[0]["created"],
        "updated": messages[-1]["ended"],
        "provider": ORIGIN,
        "model": messages[-1]["model"],
        "system": next((r["system"] for r in responses if r["system"]), ""),
        "messages": messages,
    }


def _exchange(
    connection: sqlite3.Connection, response: dict[str, Any], *, parent: str | None
) -> list[dict[str, Any]]:
    asked = moment(response["datetime_utc"])
    tokens = [response[name] for name in ("input_tokens", "output_tokens")]
    question = {
        "id": f"{response['id']} asked",
        "parent": parent,
        "role": "user",
        "state": "complete",
        "created": asked,
        "ended": asked,
        "text": _prompt(connection, response),
        "attachments": _attachments(connection, response["id"]),
    }
    answer = {
        "id": f"{response['id']} answered",
        "parent": question["id"],
        "role": "assistant",
        "state": "complete",
        "created": asked,
        "ended": asked + (response["duration_ms"] or 0) / 1000,
        "provider": ORIGIN,
        "requested_model": response["model"] or "",
        "model": response["resolved_model"] or response["model"] or "",
        "finish_reason": "stop",
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": None if None in tokens else sum(tokens),
        "total_ms": response["duration_ms"],
        "text": response["response"] or "",
    }
    return [question, answer]


def _prompt(connection: sqlite3.Connection, response: dict[str, Any]) -> str:
    """Newer versions keep long inputs apart, as fragments that stand before the prompt."""
    if not _columns(connection, "prompt_fragments"):
        return response["prompt"] or ""
    fragments = connection.execute(
        """SELECT f.content FROM prompt_fragments AS p JOIN fragments AS f ON f.id = p.fragment_id
            WHERE p.response_id = ? ORDER BY p."order" """,
        (response["id"],),
    )
    parts = [*(text for (text,) in fragments), response["prompt"]]
    return "\n".join(part for part in parts if part)


def _attachments(connection: sqlite3.Connection, response: str) -> list[dict[str, Any]]:
    if not _columns(connection, "prompt_attachments"):
        return []
    rows = connection.execute(
        """SELECT a.id, a.type, coalesce(a.path, a.url, a.id), coalesce(length(a.content), 0)
            FROM prompt_attachments AS p JOIN attachments AS a ON a.id = p.attachment_id
            WHERE p.response_id = ? ORDER BY p."order" """,
        (response,),
    )
    return [
        {"name": name, "media_type": kind or "", "size": size, "sha256": digest}
        for digest, kind, name, size in rows
    ]
