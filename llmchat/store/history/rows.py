"""The values that are read from the history: one class for one kind of row.

Hand-made instead of dataclasses, because `history list` would pay 11 ms for importing dataclasses
and 0.4 ms for each class (docs/decisions/0031-rows.md). The names in `FIELDS` are the columns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


class Row:
    """A frozen value; its fields in their order."""

    FIELDS: tuple[str, ...] = ()
    __slots__ = ()

    def __init__(self, *values: object) -> None:
        for name, value in zip(self.FIELDS, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} is read-only")

    __delattr__ = None  # type: ignore[assignment]  # as frozen as a dataclass

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.values() == self.values()

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        fields = zip(self.FIELDS, self.values(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields)})"

    def values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.FIELDS)

    def fields(self) -> dict[str, object]:
        return dict(zip(self.FIELDS, self.values(), strict=True))

    @classmethod
    def columns(cls, table: str = "") -> str:
        prefix = f"{table}." if table else ""
        return ", ".join(prefix + name for name in cls.FIELDS)


class ConversationRow(Row):
    """One conversation; `n` is its number in the file, `id` the name a person types."""

    FIELDS = (
        "n",
        "id",
        "title",
        "created",
        "updated",
        "provider",
        "model",
        "system",
        "leaf",
        "messages",
        "deleted",
        "source",
        "forked_from",
    )
    __slots__ = FIELDS
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


class MessageRow(Row):
    """One message with its provenance; `conversation` is the number of its conversation.

    `attempts` is JSON as it is stored: a list of `{"provider", "outcome", "ms"}`; `memory` is what
    the service wants back with its answer, as a JSON object, or empty.
    """

    FIELDS = (
        "id",
        "conversation",
        "parent",
        "role",
        "state",
        "created",
        "ended",
        "requested_provider",
        "provider",
        "requested_model",
        "model",
        "finish_reason",
        "request_id",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cached_tokens",
        "first_token_ms",
        "total_ms",
        "attempts",
        "error_kind",
        "error",
        "text",
        "reasoning",
        "memory",
    )
    __slots__ = FIELDS
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


class AttachmentRow(Row):
    """A file that travelled with a message: where it was and what it was, not its content."""

    FIELDS = ("message", "position", "name", "media_type", "size", "sha256")
    __slots__ = FIELDS
    message: int
    position: int
    name: str
    media_type: str
    size: int
    sha256: str


class Hit(Row):
    """One message that was found; `snippet` alternates between plain and marked text."""

    FIELDS = (
        "conversation",
        "title",
        "message",
        "role",
        "created",
        "provider",
        "model",
        "snippet",
    )
    __slots__ = FIELDS
    conversation: str
    title: str
    message: int
    role: str
    created: float
    provider: str
    model: str
    snippet: tuple[tuple[str, bool], ...]


def conversations(found: Iterable[sqlite3.Row | tuple[object, ...]]) -> list[ConversationRow]:
    return [ConversationRow(*row) for row in found]


def messages(found: Iterable[sqlite3.Row | tuple[object, ...]]) -> list[MessageRow]:
    return [MessageRow(*row) for row in found]
