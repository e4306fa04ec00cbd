"""Reads conversations from the logs.db of `llm`, whatever version wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.store.transfer.llm_threads import ORIGIN, moment, provenance, threads

TABLES = (  # the tables that are read; each may be missing
    *("responses", "conversations", "prompt_fragments", "fragments", "prompt_attachments"),
    *("attachments", "threads", "turns", "messages", "parts"),
)
_WANTED = (
    *("id", "model", "resolved_model", "prompt", "system", "response", "conversation_id"),
    *("duration_ms", "datetime_utc", "input_tokens", "output_tokens"),
)


def conversations(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """A conversation for each thread of newer versions; for each conversation of older ones that
    did not become a thread; and for each answer without a conversation."""
    if not _columns(connection, "responses"):
        raise UsageError(
            msg("no llm responses in this database"),
            hint=msg("llm logs path prints the right file"),
        )
    newer: set[str] = set()
    if _columns(connection, "turns"):
        newer = {name for (name,) in connection.execute("SELECT id FROM threads")}
        yield from threads(connection)
    yield from Responses(connection).conversations(newer)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


class Responses:
    """The tables of older versions, with a row for each question and its answer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        there = _columns(connection, "responses")
        self._selected = ", ".join(name if name in there else f"NULL AS {name}" for name in _WANTED)
        self._has_fragments = bool(_columns(connection, "prompt_fragments"))
        self._has_attachments = bool(_columns(connection, "prompt_attachments"))

    def conversations(self, newer: set[str]) -> Iterator[dict[str, Any]]:
        """The conversations; only row numbers are read in advance, so that one conversation is in
        memory at a time."""
        names: dict[Any, Any] = {}
        if _columns(self._connection, "conversations"):
            names = dict(self._connection.execute("SELECT id, name FROM conversations"))
        members: dict[str, list[int]] = {}
        for row, name, thread in self._connection.execute(
            "SELECT rowid, id, conversation_id FROM responses ORDER BY id"
        ):
            members.setdefault(thread or f"response {name}", []).append(row)
        for thread, rows in members.items():
            if thread not in newer:
                responses = list(filter(None, map(self._response, rows)))
                if responses:
                    yield self._conversation(thread, responses, title=names.get(thread) or "")

    def _response(self, row: int) -> dict[str, Any]:
        """A row; {} if a damaged file has it only in an index."""
        found = self._connection.execute(
            f"SELECT {self._selected} FROM responses WHERE rowid = ?", (row,)
        ).fetchone()
        return dict(zip(_WANTED, found, strict=True)) if found else {}

    def _conversation(
        self, thread: str, responses: list[dict[str, Any]], *, title: str
    ) -> dict[str, Any]:
        messages: list[dict[str, Any]] = []
        for response in responses:
            messages += self._exchange(response, parent=messages[-1]["id"] if messages else None)
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

    def _exchange(self, response: dict[str, Any], *, parent: str | None) -> list[dict[str, Any]]:
        asked = moment(response["datetime_utc"])
        question = {
            "id": f"{response['id']} asked",
            "parent": parent,
            "role": "user",
            "state": "complete",
            "created": asked,
            "ended": asked,
            "text": self._prompt(response),
            "attachments": self._attachments(response["id"]),
        }
        answer = {
            "id": f"{response['id']} answered",
            "parent": question["id"],
            "role": "assistant",
            "state": "complete",
            "created": asked,
            "text": response["response"] or "",
            **provenance(response, asked),
        }
        return [question, answer]

    def _prompt(self, response: dict[str, Any]) -> str:
        """The prompt; newer versions store long inputs separately, as fragments before it."""
        if not self._has_fragments:
            return response["prompt"] or ""
        fragments = self._connection.execute(
            """SELECT f.content FROM prompt_fragments AS p
                JOIN fragments AS f ON f.id = p.fragment_id
                WHERE p.response_id = ? ORDER BY p."order" """,
            (response["id"],),
        )
        parts = [*(text for (text,) in fragments), response["prompt"]]
        return "\n".join(part for part in parts if part and isinstance(part, str))

    def _attachments(self, response: str) -> list[dict[str, Any]]:
        if not self._has_attachments:
            return []
        rows = self._connection.execute(
            """SELECT a.id, a.type, coalesce(a.path, a.url, a.id), coalesce(length(a.content), 0)
                FROM prompt_attachments AS p JOIN attachments AS a ON a.id = p.attachment_id
                WHERE p.response_id = ? ORDER BY p."order" """,
            (response,),
        )
        return [
            {"name": name, "media_type": kind or "", "size": size, "sha256": digest}
            for digest, kind, name, size in rows
        ]
