"""Conversations out of ChatGPT's conversations.json: trees there as here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmchat.errors import UsageError

ORIGIN = "chatgpt"
_SHOWN_ROLES = ("user", "assistant")


def conversations(document: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(document, list) or not all(
        isinstance(c, dict) and isinstance(c.get("mapping"), dict) for c in document
    ):
        raise UsageError(
            "no ChatGPT conversations in this file",
            hint="choose conversations.json from a ChatGPT export",
        )
    for conversation in document:
        messages, leaf = _messages(conversation)
        if messages:
            yield _conversation(conversation, messages, leaf)


def _conversation(
    conversation: Mapping[str, Any], messages: list[dict[str, Any]], leaf: str | None
) -> dict[str, Any]:
    name = conversation.get("conversation_id") or conversation.get("id") or messages[0]["id"]
    moments = [m["created"] for m in messages]
    return {
        "id": None,
        "source": f"{ORIGIN}:{name}",
        "title": conversation.get("title") or "",
        "created": float(conversation.get("create_time") or min(moments)),
        "updated": float(conversation.get("update_time") or max(moments)),
        "provider": ORIGIN,
        "model": next((m["model"] for m in reversed(messages) if m["model"]), ""),
        "system": "",
        "leaf": leaf or messages[-1]["id"],
        "messages": messages,
    }


def _messages(conversation: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """What a person saw, parents first; nodes that were not shown hand their children up."""
    mapping: dict[str, Any] = conversation["mapping"]
    found: list[dict[str, Any]] = []
    shown: dict[str | None, str | None] = {None: None}
    since = float(conversation.get("create_time") or 0)
    waiting = [name for name, node in mapping.items() if node.get("parent") not in mapping]
    waiting.reverse()
    while waiting:
        name = waiting.pop()
        node = mapping[name]
        above = shown.get(node.get("parent"))
        message = _message(name, node.get("message") or {}, parent=above, since=since)
        if message:
            found.append(message)
            since = message["created"]
        shown[name] = name if message else above
        waiting.extend(
            c for c in reversed(node.get("children") or []) if c not in shown and c in mapping
        )
    return found, shown.get(conversation.get("current_node"))


def _message(
    name: str, message: Mapping[str, Any], *, parent: str | None, since: float
) -> dict[str, Any] | None:
    role = (message.get("author") or {}).get("role")
    metadata = message.get("metadata") or {}
    text = _text(message.get("content") or {})
    hidden = metadata.get("is_visually_hidden_from_conversation")
    if role not in _SHOWN_ROLES or hidden or not text.strip():
        return None
    created = float(message.get("create_time") or since)
    finished = message.get("status") != "in_progress"
    model = str(metadata.get("model_slug") or "") if role == "assistant" else ""
    return {
        "id": name,
        "parent": parent,
        "role": role,
        "state": "complete" if finished else "incomplete",
        "created": created,
        "ended": float(message.get("update_time") or created),
        "provider": ORIGIN if role == "assistant" else "",
        "requested_model": model,
        "model": model,
        "finish_reason": "stop" if role == "assistant" and finished else "",
        "text": text,
    }


def _text(content: Mapping[str, Any]) -> str:
    kind = content.get("content_type")
    if kind in ("text", "multimodal_text"):
        parts = content.get("parts") or []
        return "\n".join(p if isinstance(p, str) else _other(p) for p in parts)
    if kind == "code" and content.get("text"):
        return f"```{content.get('language') or ''}\n{content['text']}\n```"
    return ""


def _other(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    if isinstance(part.get("text"), str):  # a spoken part, transcribed
        return str(part["text"])
    return f"[{part.get('content_type', 'file')}]"
