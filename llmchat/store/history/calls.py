"""The rows of an answer's tool calls: written while they run, read with their conversation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from llmchat.store.database.columns import fit_count, fit_text, storable
from llmchat.store.history.rows import memories_in
from llmchat.values.calls import CallOutcome, KeptCall, ToolCall

OUTCOMES = ("", *get_args(CallOutcome))
_NAMES = (
    *("message", "position", "round", "said", "thought", "id", "name", "label", "arguments"),
    *("outcome", "ms", "memory", "result"),
)
_PUT = f"""INSERT OR REPLACE INTO tool_call ({", ".join(_NAMES)})
    VALUES ({", ".join("?" * len(_NAMES))})"""


def put_calls(
    connection: sqlite3.Connection, answer: int, calls: Iterable[tuple[int, KeptCall]]
) -> None:
    """Writes calls by position, with their results so far."""
    rows = [(answer, position, *_fields(kept)) for position, kept in calls]
    connection.executemany(_PUT, rows)


def _fields(kept: KeptCall) -> tuple[object, ...]:
    call = kept.call
    texts = map(storable, (call.id, call.name, call.label, call.arguments))
    last = (kept.outcome, kept.ms, _remembered(call.memory), storable(kept.result))
    return (call.round, kept.at, kept.thought, *texts, *last)


def _remembered(memory: Mapping[str, str]) -> str:
    return json.dumps(dict(memory)) if memory else ""


def calls_of(
    connection: sqlite3.Connection, conversation: int
) -> Mapping[int, tuple[KeptCall, ...]]:
    """The calls of each answer in a conversation, by message number."""
    columns = ", ".join(f"c.{name}" for name in _NAMES)
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
    """A call from its columns, which have no types."""
    number, said, thought = (fit_count(field) or 0 for field in fields[:3])
    key, name, label, arguments = map(fit_text, fields[3:7])
    outcome, ms, memory, result = fields[7:]
    call = ToolCall(key, name, arguments, label, number, memories_in(memory))
    return KeptCall(
        call, said, thought, fit_text(result), outcome if outcome in OUTCOMES else "", fit_count(ms)
    )


def portable_calls(kept: Iterable[KeptCall]) -> list[dict[str, Any]]:
    """The calls as plain values, for an export."""
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
            "memory": _remembered(one.call.memory),
        }
        for one in kept
    ]


def kept_call(found: Mapping[str, Any]) -> KeptCall:
    """A call from an export; missing values are empty."""

    def text(name: str) -> str:
        return str(found.get(name) or "")

    def number(name: str) -> int:
        return fit_count(found.get(name)) or 0

    outcome: Any = text("outcome")
    key, name, arguments, label = map(text, ("id", "name", "arguments", "tool"))
    call = ToolCall(key, name, arguments, label, number("round"), memories_in(text("memory")))
    return KeptCall(
        call,
        number("after_text"),
        number("after_reasoning"),
        text("result"),
        outcome if outcome in OUTCOMES else "",
        fit_count(found.get("ms")),
    )
