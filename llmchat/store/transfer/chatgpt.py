"""Reads conversations, which are trees as ours are, from ChatGPT's conversations.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmchat.store.database.columns import fit_moment

ORIGIN = "chatgpt"
_SHOWN_ROLES = ("user", "assistant")


def conversations(found: Iterable[Any]) -> Iterator[object]:
    """The conversations in a list; other values are passed on unchanged, to be counted as
    skipped."""
    for conversation in found:
        if not isinstance(conversation, dict) or not isinstance(conversation.get("mapping"), dict):
            yield conversation
            continue
        messages, leaf = _messages(conversation)
        if messages:
            yield _conversation(conversation, messages, leaf)


def _conversation(
    conversation: Mapping[str, Any], messages: list[dict[str, Any]], leaf: str | None
) -> dict[str, Any]:
    name = conversation.get("conversation_id") or conversation.get("id") or messages[0]["id"]
    return {
        "id": None,
        "source": f"{ORIGIN}:{name}",
        "title": conversation.get("title") or "",
        "created": conversation.get("create_time"),
        "updated": conversation.get("update_time"),
        "provider": ORIGIN,
        "model": next((m["model"] for m in reversed(messages) if m["model"]), ""),
        "system": "",
        "leaf": leaf or messages[-1]["id"],
        "messages": messages,
    }


def _messages(conversation: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The messages that a person saw, parents first; children of hidden nodes are attached to the
    hidden node's parent."""
    mapping = {name: _object(node) for name, node in conversation["mapping"].items()}
    found: list[dict[str, Any]] = []
    shown: dict[str | None, str | None] = {None: None}
    since = fit_moment(conversation.get("create_time")) or 0.0
    waiting = [name for name, node in mapping.items() if _name(node.get("parent")) not in mapping]
    waiting.reverse()
    while waiting:
        name = waiting.pop()
        if name in shown:  # it is a child of several nodes, or of itself
            continue
        node = mapping[name]
        above = shown.get(_name(node.get("parent")))
        message = _message(name, _object(node.get("message")), parent=above, since=since)
        if message:
            found.append(message)
            since = fit_moment(message["created"]) or since
        shown[name] = name if message else above
        waiting.extend(child for child in _children(node) if child in mapping)
    return found, shown.get(_name(conversation.get("current_node")))


def _children(node: Mapping[str, Any]) -> list[str]:
    """The children, last one first, without duplicates."""
    children = node.get("children")
    named = filter(None, map(_name, children if isinstance(children, list) else ()))
    return list(dict.fromkeys(named))[::-1]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _message(
    name: str, message: Mapping[str, Any], *, parent: str | None, since: float
) -> dict[str, Any] | None:
    role = _object(message.get("author")).get("role")
    metadata = _object(message.get("metadata"))
    text = _text(_object(message.get("content")))
    hidden = metadata.get("is_visually_hidden_from_conversation")
    if role not in _SHOWN_ROLES or hidden or not text.strip():
        return None
    created = message.get("create_time") or since
    finished = message.get("status") != "in_progress"
    model = str(metadata.get("model_slug") or "") if role == "assistant" else ""
    return {
        "id": name,
        "parent": parent,
        "role": role,
        "state": "complete" if finished else "incomplete",
        "created": created,
        "ended": message.get("update_time") or created,
        "provider": ORIGIN if role == "assistant" else "",
        "requested_model": model,
        "model": model,
        "finish_reason": "stop" if role == "assistant" and finished else "",
        "text": text,
    }


def _text(content: Mapping[str, Any]) -> str:
    kind = content.get("content_type")
    if kind in ("text", "multimodal_text"):
        found = content.get("parts")
        parts = found if isinstance(found, list) else []
        return "\n".join(p if isinstance(p, str) else _other(p) for p in parts)
    if kind == "code" and content.get("text"):
        return f"```{content.get('language') or ''}\n{content['text']}\n```"
    return ""


def _other(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    if isinstance(part.get("text"), str):  # a transcribed audio part
        return str(part["text"])
    return f"[{part.get('content_type', 'file')}]"
