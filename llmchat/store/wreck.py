"""The loose rows of a damaged file, put together again as conversations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Rows = Mapping[str, list[dict[str, Any]]]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LOST = "(a conversation without its title)"


def assemble(rows: Rows) -> Iterator[dict[str, Any]]:
    """Conversations, oldest first, those without a row of their own included."""
    said = _messages(rows)
    known = {row["n"]: row for row in rows["conversation"]}
    orphans = {n: _orphan(messages) for n, messages in said.items() if n not in known}
    whole = [(row, said.get(n, [])) for n, row in (known | orphans).items()]
    for row, messages in sorted(whole, key=lambda pair: float(pair[0].get("updated") or 0)):
        if messages:
            yield {**row, "messages": _chained(messages)}


def _messages(rows: Rows) -> dict[Any, list[dict[str, Any]]]:
    pieces: dict[Any, str] = {}
    for piece in sorted(rows["piece"], key=lambda p: int(p["id"])):
        pieces[piece["message"]] = pieces.get(piece["message"], "") + str(piece["text"])
    attached: dict[Any, list[dict[str, Any]]] = {}
    for attachment in rows["attachment"]:
        attached.setdefault(attachment["message"], []).append(attachment)
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows["message"]:
        text = row["text"] or pieces.get(row["id"], "")
        message = {**row, "text": text, "attachments": attached.get(row["id"], [])}
        found.setdefault(row["conversation"], []).append(message)
    return found


def _chained(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A message whose parent was lost follows the one before it."""
    known: set[Any] = set()
    previous = None
    for message in messages:
        if message["parent"] is not None and message["parent"] not in known:
            message["parent"] = previous
        known.add(message["id"])
        previous = message["id"]
    return messages


def _orphan(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The same id each time, so that a second salvage adds nothing."""
    moments = [float(m["created"]) for m in messages]
    bits = int(moments[0] * 1_000_000)
    return {
        "id": "".join(_ALPHABET[bits >> 5 * n & 31] for n in range(10)),
        "title": "" if any(m["role"] == "user" for m in messages) else _LOST,
        "created": min(moments),
        "updated": max(moments),
    }
