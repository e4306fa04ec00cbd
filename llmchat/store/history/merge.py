"""Merges conversations from an export, another program or a damaged file into the history.

What comes in has one form, that of our JSON export: a conversation with its `messages`, which
name each other by `id` and `parent` within it. What is there already is not added again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from llmchat.messages import SUMMARY
from llmchat.store.history.turns import new_id, storable, title_of
from llmchat.store.search import index
from llmchat.store.search.normalize import fold

Portable = Mapping[str, Any]

AT_ONCE = 200  # conversations in one transaction: other terminals write between two of them

TEXTS = (
    "requested_provider",
    "provider",
    "requested_model",
    "model",
    "finish_reason",
    "request_id",
    "error_kind",
    "error",
    "reasoning",
    "memory",
    "schema",
)
NUMBERS = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cached_tokens",
    "first_token_ms",
    "total_ms",
)
ROLES = ("user", "assistant", "system", "tool", SUMMARY)
STATES = ("complete", "interrupted", "incomplete", "error")


class Merge:
    """Puts conversations into an open transaction, and counts what was new."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.conversations = 0
        self.messages = 0
        self._first = self._next()

    def _next(self) -> int:
        highest = self._connection.execute("SELECT max(id) FROM message").fetchone()[0]
        return int(highest or 0) + 1

    def put(self, conversation: Portable) -> None:
        number = self._find(conversation)
        known = self._known(number) if number else {}
        is_new = number is None
        if number is None:
            number = self._insert(conversation)
            self.conversations += 1
        places: dict[Any, int] = {}
        added = 0
        for message in conversation["messages"]:
            key = (message["role"], float(message["created"]), storable(message["text"]))
            place = known.get(key)
            if place is None:
                place = self._insert_message(number, message, parent=places.get(message["parent"]))
                added += 1
            places[message["id"]] = place
        self._finish(number, conversation, places, added=added, is_new=is_new)

    def close(self) -> None:
        """Remember which ids are older than they look, for the order of a search."""
        last = self._next() - 1
        if last < self._first:
            return
        joined = self._connection.execute(
            "UPDATE batch SET last = ? WHERE last = ?", (last, self._first - 1)
        )
        if not joined.rowcount:
            self._connection.execute("INSERT INTO batch VALUES (?, ?)", (self._first, last))

    def _find(self, conversation: Portable) -> int | None:
        found = self._connection.execute(
            "SELECT n FROM conversation WHERE id = ? OR source = ?",
            (conversation.get("id"), conversation.get("source")),
        ).fetchone()
        return int(found[0]) if found else None

    def _known(self, number: int) -> dict[tuple[str, float, str], int]:
        rows = self._connection.execute(
            "SELECT role, created, text, id FROM message WHERE conversation = ?", (number,)
        )
        return {(role, created, text): place for role, created, text, place in rows}

    def _insert(self, conversation: Portable) -> int:
        title = storable(conversation.get("title") or _first_words(conversation))
        number = self._connection.execute(
            """INSERT INTO conversation (id, title, folded, created, updated, provider, model,
                system, deleted, source, forked_from) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                conversation.get("id") or new_id(),
                title,
                fold(title),
                float(conversation["created"]),
                float(conversation["updated"]),
                *(
                    storable(conversation.get(name) or "")
                    for name in ("provider", "model", "system")
                ),
                conversation.get("deleted"),
                conversation.get("source"),
                conversation.get("forked_from"),
            ),
        ).lastrowid
        assert number is not None
        return number

    def _insert_message(self, number: int, message: Portable, *, parent: int | None) -> int:
        columns = {
            "conversation": number,
            "parent": parent,
            "role": message["role"] if message["role"] in ROLES else "user",
            "state": message.get("state") if message.get("state") in STATES else "interrupted",
            "created": float(message["created"]),
            "ended": message.get("ended"),
            "attempts": _attempts(message.get("attempts")),
            "data": storable(_data(message.get("data"))),
            "text": storable(message["text"]),
            "keeps": max(0, int(message.get("keeps") or 0)),
            **{name: storable(message.get(name) or "") for name in TEXTS},
            **{name: message.get(name) for name in NUMBERS},
        }
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        place = self._connection.execute(
            f"INSERT INTO message ({names}) VALUES ({marks})", tuple(columns.values())
        ).lastrowid
        assert place is not None
        self._attach(place, message.get("attachments", ()))
        if columns["role"] != SUMMARY:
            index.add(self._connection, place, storable(message["text"]))
        self.messages += 1
        return place

    def _attach(self, place: int, attachments: Iterable[Portable]) -> None:
        names = ("name", "media_type", "size", "sha256")
        self._connection.executemany(
            "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?)",
            [(place, n, *(a[name] for name in names)) for n, a in enumerate(attachments)],
        )

    def _finish(
        self,
        number: int,
        conversation: Portable,
        places: Mapping[Any, int],
        *,
        added: int,
        is_new: bool,
    ) -> None:
        leaf = places.get(conversation.get("leaf"), max(places.values(), default=None))
        if conversation.get("leaf", 0) is None:  # an undone conversation has no active message
            leaf = None
        if added and not is_new:
            leaf = max(places.values())
        if added or is_new:
            self._connection.execute(
                """UPDATE conversation SET leaf = ?, messages = messages + ?,
                    updated = max(updated, ?) WHERE n = ?""",
                (leaf, added, float(conversation["updated"]), number),
            )


def merge_conversations(
    write: Callable[[Callable[[sqlite3.Connection], None]], None], found: Iterable[Portable]
) -> tuple[int, int]:
    """Conversations and messages that were new, `write` being a way to do one transaction."""
    waiting = iter(found)
    conversations = messages = 0
    while chunk := list(islice(waiting, AT_ONCE)):
        counts: list[int] = []
        write(lambda c, chunk=chunk, counts=counts: _put(c, chunk, counts))  # type: ignore[misc]  # a lambda with defaults
        conversations += counts[-2]
        messages += counts[-1]
    return conversations, messages


def _put(connection: sqlite3.Connection, chunk: Iterable[Portable], counts: list[int]) -> None:
    merge = Merge(connection)
    for conversation in chunk:
        merge.put(conversation)
    merge.close()
    counts += (merge.conversations, merge.messages)


def _attempts(attempts: object) -> str:
    return attempts if isinstance(attempts, str) else json.dumps(attempts or [])


def _data(value: object) -> str:
    """As it is stored."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _first_words(conversation: Portable) -> str:
    questions = (m["text"] for m in conversation["messages"] if m["role"] == "user")
    return title_of(next(questions, ""))
