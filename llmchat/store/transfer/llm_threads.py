"""Reads conversations from the logs.db of newer versions of `llm`, where messages are identified by
their content and refer to their parents."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from math import nan
from typing import Any

from llmchat.store.database.columns import fit_count, fit_moment
from llmchat.store.history.rows import parsed

ORIGIN = "llm"

Fields = dict[str, Any]


def threads(connection: sqlite3.Connection) -> Iterator[Fields]:
    """A conversation for each thread, with all its branches."""
    for number, name, tip in connection.execute(
        "SELECT id, name, tip_message_hash FROM threads ORDER BY id"
    ).fetchall():
        thread = Thread(connection, number)
        if thread.messages:
            yield thread.conversation(name or "", tip)


class Thread:
    """Collects the messages of a thread, parents first, each once."""

    def __init__(self, connection: sqlite3.Connection, number: str) -> None:
        self._connection = connection
        self._number = number
        self._shown: dict[str | None, str | None] = {None: None}
        self.system = ""
        self.messages: list[Fields] = []
        for turn in self._turns("thread_id = ?", number):
            for name, parent, role in self._chain(turn.get("tip_message_hash")):
                if name not in self._shown:
                    self._add(name, parent, role, turn=turn)

    def conversation(self, title: str, tip: str | None) -> Fields:
        answers = [m for m in self.messages if m["role"] == "assistant"]
        return {
            "id": None,
            "source": f"{ORIGIN}:{self._number}",
            "title": title,
            "created": self.messages[0]["created"],
            "updated": max(fit_moment(m["ended"]) or 0.0 for m in self.messages),
            "provider": ORIGIN,
            "model": answers[-1]["model"] if answers else "",
            "system": self.system,
            "leaf": self._shown.get(tip) or self.messages[-1]["id"],
            "messages": self.messages,
        }

    def _turns(self, where: str, value: str) -> list[Fields]:
        rows = self._connection.execute(f"SELECT * FROM turns WHERE {where} ORDER BY id", (value,))
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _chain(self, tip: str | None) -> list[tuple[str, str | None, str]]:
        """The chain from the first message that is still missing to the tip. In a damaged file it
        may be a cycle; then it ends where it began."""
        chain = []
        passed: set[str | None] = set()
        while tip not in self._shown and tip not in passed:
            row = self._connection.execute(
                "SELECT hash, parent_hash, role FROM messages WHERE hash = ?", (tip,)
            ).fetchone()
            if row is None:
                break
            passed.add(tip)
            chain.append(row)
            tip = row[1]
        return chain[::-1]

    def _add(self, name: str, parent: str | None, role: str, *, turn: Fields) -> None:
        """Adds a message; the children of one that is not shown are attached to its parent."""
        above = self._shown.get(parent)
        text, reasoning, attachments = self._content(name)
        if role == "system":
            self.system = self.system or text
        if role == "system" or not (text.strip() or attachments):
            self._shown[name] = above
            return
        self._shown[name] = name
        own = next(iter(self._turns("tip_message_hash = ?", name)), None)
        asked = moment((own or turn).get("datetime_utc"))
        message = {
            "id": name,
            "parent": above,
            "role": role,
            "state": "complete",
            "created": asked,
            "ended": asked,
            "text": text,
            "reasoning": reasoning,
            "attachments": attachments,
        }
        if role == "assistant":
            message |= provenance(own or {}, asked)
        self.messages.append(message)

    def _content(self, message: str) -> tuple[str, str, list[Fields]]:
        """Text, reasoning and files; tool calls are left out."""
        texts: dict[str, list[str]] = {"text": [], "reasoning": []}
        attachments: list[Fields] = []
        for kind, text, payload in self._connection.execute(
            "SELECT type, text, payload FROM parts WHERE message_hash = ? ORDER BY position",
            (message,),
        ).fetchall():
            more = _object(payload)
            if kind in texts:
                texts[kind].append(str(text) if text is not None else self._joined(more))
            elif kind == "attachment":
                attachments += self._attachment(more.get("attachment"))
        return "".join(texts["text"]), "".join(texts["reasoning"]), attachments

    def _joined(self, payload: Fields) -> str:
        """The text joined from fragments and the text between them."""
        pieces = []
        references = payload.get("text_ref")
        for piece in references if isinstance(references, list) else ():
            if not isinstance(piece, dict):
                continue
            found = self._connection.execute(
                "SELECT content FROM fragments WHERE id = ?", (_plain(piece.get("fragment")),)
            ).fetchone()
            pieces.append(str(found[0] if found else piece.get("literal", "")))
        return "".join(pieces)

    def _attachment(self, reference: object) -> list[Fields]:
        if not isinstance(reference, dict):
            return []
        rows = self._connection.execute(
            """SELECT coalesce(path, url, id), coalesce(type, ''), coalesce(length(content), 0), id
                FROM attachments WHERE id = ?""",
            (_plain(reference.get("id")),),
        )
        names = ("name", "media_type", "size", "sha256")
        return [dict(zip(names, row, strict=True)) for row in rows]


def provenance(row: Fields, asked: float) -> Fields:
    """The provenance of an answer, for both versions of the tables."""
    tokens = [fit_count(row.get(name)) for name in ("input_tokens", "output_tokens")]
    return {
        "provider": ORIGIN,
        "requested_model": row.get("model") or "",
        "model": row.get("resolved_model") or row.get("model") or "",
        "finish_reason": "stop",
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": None if None in tokens else sum(t or 0 for t in tokens),
        "total_ms": row.get("duration_ms"),
        "ended": asked + (fit_count(row.get("duration_ms")) or 0) / 1000,
    }


def moment(text: object) -> float:
    """A timestamp; NaN for an invalid one, so that the row is skipped."""
    if not text:
        return 0.0
    try:
        moment = datetime.fromisoformat(str(text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return nan


def _object(payload: object) -> Fields:
    found = parsed(payload)
    return found if isinstance(found, dict) else {}


def _plain(value: object) -> object:
    """A value that SQLite can compare with."""
    return value if isinstance(value, str) or fit_count(value) is not None else None
