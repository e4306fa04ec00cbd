"""Checks imported conversations: invalid values are dropped, and what is not a conversation or a
message is skipped and counted.

Why: docs/decisions/0174-a-row-says-what-it-knows.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from llmchat.store.database.columns import fit_count, fit_moment, storable
from llmchat.store.history import tags
from llmchat.store.history.rows import parsed
from llmchat.values.roles import SUMMARY

Portable = Mapping[str, Any]

TEXTS = (
    *("requested_provider", "provider", "requested_model", "model"),
    *("finish_reason", "request_id", "error_kind", "error", "reasoning", "schema"),
)
NUMBERS = (
    *("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens"),
    *("first_token_ms", "total_ms"),
)
_NOTHING = (None, "")  # the table's defaults
ROLES = ("user", "assistant", "system", "tool", SUMMARY)
STATES = ("complete", "interrupted", "incomplete", "error")
LONGEST_NAME = 200  # characters of an id; a longer one is replaced by its digest
LONGEST_TITLE = 1000


@dataclass(slots=True)
class Skipped:
    """Counts what was skipped."""

    conversations: int = 0
    messages: int = 0

    @property
    def total(self) -> int:
        return self.conversations + self.messages


def fitted(found: object, skipped: Skipped) -> Portable | None:
    """A valid conversation with its valid messages; None if nothing of it can be used."""
    if not isinstance(found, dict) or not isinstance(found.get("messages"), list):
        skipped.conversations += 1
        return None
    created, updated = fit_moment(found.get("created")), fit_moment(found.get("updated"))
    messages = _messages(found["messages"], created, skipped)
    moments = [message["row"]["created"] for message in messages]
    created = created if created is not None else min(moments, default=None)
    updated = updated if updated is not None else max(moments, default=created)
    if created is None or updated is None or (found["messages"] and not messages):
        skipped.conversations += 1
        return None
    name, source = _id(found.get("id")), _name(found.get("source"))
    return {
        "id": name,
        "title": _text(found.get("title"))[:LONGEST_TITLE],
        "created": created,
        "updated": updated,
        **{name: _text(found.get(name)) for name in ("provider", "model", "system")},
        "deleted": fit_moment(found.get("deleted")),
        "source": source or (None if name else _nameless(created, messages)),
        "forked_from": _id(found.get("forked_from")),
        "tags": tags.taken(found.get("tags")),
        **({"leaf": _key(found["leaf"])} if "leaf" in found else {}),
        "messages": messages,
    }


def _messages(found: list[Any], since: float | None, skipped: Skipped) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for message in found:
        fit = _message(message, since) if isinstance(message, dict) else None
        if fit is None:
            skipped.messages += 1
            continue
        since = fit["row"]["created"]
        kept.append(fit)
    return kept


def _message(message: dict[str, Any], since: float | None) -> dict[str, Any] | None:
    """A valid message; one without a time gets that of the message before it, one with an
    impossible time is skipped. Only columns with a value are included, which are few for most
    messages."""
    given = message.get("created")
    created = since if given is None else fit_moment(given)
    role, text = message.get("role"), message.get("text")
    if created is None or not isinstance(text, str) or not isinstance(role, str):
        return None
    state = message.get("state")
    return {
        "id": _key(message.get("id")),
        "parent": _key(message.get("parent")),
        "row": {
            "role": role if role in ROLES else "user",
            "state": state if state in STATES else "interrupted",
            "created": created,
            "text": storable(text),
            **{
                name: kept
                for name, fit in _FITS.items()
                if name in message and (kept := fit(message[name])) not in _NOTHING
            },
        },
        "tool_calls": _calls(message.get("tool_calls")),
        "attachments": _attachments(message.get("attachments")),
    }


def _data(value: object) -> str:
    """The data as they are stored; "" for None and for values that JSON does not have."""
    if value is None:
        return ""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return storable(text)
    except (ValueError, TypeError, RecursionError):
        return ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) and value else ""


def _name(value: object) -> str | None:
    """An id: one line of moderate length; any other value is replaced by its digest."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable():
        return storable(value)
    return _digest(value if isinstance(value, str) else _json(value))


def _id(value: object) -> str | None:
    """An id that a person can type: not like an option, and not `last`."""
    name = _name(value)
    if name and (name != name.strip() or name[0] == "-" or name.lower() == "last"):
        return _digest(name)
    return name


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _nameless(created: float, messages: list[dict[str, Any]]) -> str:
    """An id for a conversation without one, the same each time it is imported."""
    return "file:" + str(_name([created, *(message["row"]["text"] for message in messages[:1])]))


def _key(value: object) -> object:
    """The key by which messages refer to each other; any hashable value."""
    return value if isinstance(value, str | int) else None


def _attempts(value: object) -> str:
    if not value or value == "[]":
        return "[]"
    found = parsed(value) if isinstance(value, str) else value
    if not isinstance(found, list):
        return "[]"
    return _json(
        [
            {
                "provider": _text(one.get("provider")),
                "outcome": _text(one.get("outcome")),
                "ms": fit_count(one.get("ms")) or 0,
            }
            for one in found
            if isinstance(one, dict)
        ]
    )


def _memory(value: object) -> str:
    return storable(str(value)) if isinstance(parsed(value), dict) else ""


def _calls(value: object) -> list[dict[str, Any]]:
    """The tool calls with their plain values; other values could be nested without limit."""
    return [
        {name: kept for name, kept in one.items() if isinstance(kept, str | int | float)}
        for one in _list(value)
        if isinstance(one, dict)
    ]


def _attachments(value: object) -> list[dict[str, Any]]:
    return [
        {
            "name": storable(one["name"]),
            "media_type": _text(one.get("media_type")),
            "size": fit_count(one.get("size")) or 0,
            "sha256": _text(one.get("sha256")),
        }
        for one in _list(value)
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]


def _json(value: object) -> str:
    try:
        return json.dumps(value)
    except (ValueError, TypeError, RecursionError):  # bytes, or a number of 5,000 digits
        return type(value).__name__


_FITS: dict[str, Callable[[object], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(NUMBERS, fit_count),
    "ended": fit_moment,
    "attempts": _attempts,
    "memory": _memory,
    "data": _data,
    "keeps": lambda value: fit_count(value) or 0,
}
