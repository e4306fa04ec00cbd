"""The rows of an answer's calls of tools: written while they run, read with their conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from llmchat.calls import CallOutcome, KeptCall, ToolCall
from llmchat.store.history.turns import storable

OUTCOMES = ("", *get_args(CallOutcome))
_COLUMNS = (
    "message, position, round, said, thought, id, name, label, arguments, outcome, ms, result"
)
_PUT = f"INSERT OR REPLACE INTO tool_call ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def put_calls(
    connection: sqlite3.Connection, answer: int, calls: Iterable[tuple[int, KeptCall]]
) -> None:
    """Calls by their positions, with what came of them so far."""
    rows = [(answer, position, *_fields(kept)) for position, kept in calls]
    connection.executemany(_PUT, rows)


def _fields(kept: KeptCall) -> tuple[object, ...]:
    call = kept.call
    texts = map(storable, (call.id, call.name, call.label, call.arguments))
    return (call.round, kept.at, kept.thought, *texts, kept.outcome, kept.ms, storable(kept.result))


def calls_of(
    connection: sqlite3.Connection, conversation: int
) -> Mapping[int, tuple[KeptCall, ...]]:
    """Those of every answer of a conversation, by the number of the message."""
    columns = ", ".join(f"c.{name}" for name in _COLUMNS.split(", "))
    rows = connection.execute(
        f"""SELECT {columns} FROM message AS m JOIN tool_call AS c ON c.message = m.id
            WHERE m.conversation = ? ORDER BY c.message, c.position""",
        (conversation,),
    )
    found: dict[int, tuple[KeptCall, ...]] = {}
    for message, _, *fields in rows:
        found[message] = (*found.get(message, ()), _kept(fields))
    return found


def _kept(fields: Sequence[Any]) -> KeptCall:
    number, said, thought, name_of_call, name, label, arguments, outcome, ms, result = fields
    call = ToolCall(name_of_call, name, arguments, label, number)
    return KeptCall(call, said, thought, result, outcome if outcome in OUTCOMES else "", ms)


def portable_calls(kept: Iterable[KeptCall]) -> list[dict[str, Any]]:
    """As an export holds them: plain values."""
    return [
        {
            "id": one.call.id,
            "tool": one.name,
            "name": one.call.name,
            "round": one.call.round,
            "arguments": one.call.arguments,
            "outcome": one.outcome or None,
            "ms": one.ms,
            "result": one.result,
            "after_text": one.at,
            "after_reasoning": one.thought,
        }
        for one in kept
    ]


def kept_call(found: Mapping[str, Any]) -> KeptCall:
    """The same back; what a foreign hand left out is empty."""

    def text(name: str) -> str:
        return str(found.get(name) or "")

    def number(name: str) -> int:
        value = found.get(name)
        return value if isinstance(value, int) and value >= 0 else 0

    outcome: Any = text("outcome")
    call = ToolCall(text("id"), text("name"), text("arguments"), text("tool"), number("round"))
    return KeptCall(
        call,
        number("after_text"),
        number("after_reasoning"),
        text("result"),
        outcome if outcome in OUTCOMES else "",
        found["ms"] if isinstance(found.get("ms"), int) else None,
    )
