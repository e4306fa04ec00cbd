"""The rows of history.db: a named tuple for each kind; its fields are the columns
(docs/decisions/0036-rows-are-named-tuples.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3


def parsed(text: object) -> Any:
    """The JSON of a column; None if it is not valid JSON."""
    import json  # 5 ms, for few rows

    try:
        return json.loads(text) if isinstance(text, str) and text else None
    except (ValueError, RecursionError):
        return None


def memories_in(text: object) -> dict[str, str]:
    """What a service needs back with its answer."""
    found = parsed(text)
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, object]) -> int:
    """Inserts a row; returns its number."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    row = connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
    ).lastrowid
    assert row is not None
    return row


class ConversationRow(NamedTuple):
    """One conversation; `n` is its number in the file, `id` the name a person types."""

    n: int
    id: str
    title: str
    created: float
    updated: float
    provider: str
    model: str
    system: str
    leaf: int | None
    messages: int
    deleted: float | None
    source: str | None
    forked_from: str | None
    tags: str | None  # words, with a space on either side of each

    @property
    def tag_list(self) -> list[str]:
        return (self.tags or "").split()

    @property
    def who(self) -> str:
        """Provider and model, as far as they are known."""
        return "/".join(name for name in (self.provider, self.model) if name)

    def listed(self) -> dict[str, Any]:
        """The fields for JSON."""
        return {**self._asdict(), "tags": self.tag_list}


class MessageRow(NamedTuple):
    """One message with its provenance; `conversation` is the number of its conversation.

    `attempts` is JSON as it is stored: a list of `{"provider", "outcome", "ms"}`; `memory` is what
    the service needs back with its answer, as a JSON object, or empty; `data` is the JSON of an
    answer that matched a schema, or empty, and `schema` the name of that schema; `keeps` is how
    many messages before a summary are sent along with it unchanged.
    """

    id: int
    conversation: int
    parent: int | None
    role: str
    state: str
    created: float
    ended: float | None
    requested_provider: str
    provider: str
    requested_model: str
    model: str
    finish_reason: str
    request_id: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    first_token_ms: int | None
    total_ms: int | None
    attempts: str
    error_kind: str
    error: str
    text: str
    reasoning: str
    memory: str
    data: str
    schema: str
    keeps: int

    @property
    def memories(self) -> Mapping[str, str]:
        return memories_in(self.memory)


class AttachmentRow(NamedTuple):
    """A file that was sent with a message: path, size and digest, not its content."""

    message: int
    position: int
    name: str
    media_type: str
    size: int
    sha256: str
