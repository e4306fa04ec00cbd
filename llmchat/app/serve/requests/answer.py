"""Converts events into OpenAI's responses: complete, or as chunks of a stream."""

from __future__ import annotations

import base64
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from llmchat.app.calling.loop import total
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Image, Reasoning, Refusal, Usage

FINISH = {"filter": "content_filter"}
LISTS = ("images", "tool_calls")  # fields of a message that are lists

Body = dict[str, Any]


@dataclass(slots=True)
class Written:
    """An answer in a client's form; several with the same id are its choices."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    calls: int = 0

    def chunk(self, index: int, delta: Body, finish: str | None = None) -> Body:
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def usage_chunk(self, usage: Usage) -> Body:
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": counted(usage)}

    def whole(self, choices: list[Body], usage: Usage) -> Body:
        return {**self._head("chat.completion"), "choices": choices, "usage": counted(usage)}

    def delta(self, event: Event) -> Body | None:
        """The part of an event that is sent to the client; None if none is."""
        field, value = as_field(event)
        if field == "tool_calls":
            value = {"index": self.calls, **value}
            self.calls += 1
        return {field: [value] if field in LISTS else value} if field else None

    def _head(self, kind: str) -> Body:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


class ChatChoice:
    """Collects one answer."""

    def __init__(self) -> None:
        self._parts: defaultdict[str, list[Any]] = defaultdict(list)

    def take(self, event: Event) -> None:
        field, value = as_field(event)
        self._parts[field].append(value)

    def body(self, index: int, finish: str) -> Body:
        parts = self._parts
        text, refusal = "".join(parts["content"]), "".join(parts["refusal"]) or None
        empty = None if parts["tool_calls"] or refusal else ""
        message: Body = {"role": "assistant", "content": text or empty, "refusal": refusal}
        if thoughts := parts["reasoning_content"]:
            message["reasoning_content"] = "".join(thoughts)
        message |= {field: parts[field] for field in LISTS if parts[field]}
        return {"index": index, "message": message, "finish_reason": finish, "logprobs": None}


def as_field(event: Event) -> tuple[str, Any]:
    """The field of a message that an event belongs to, and its value; "" if it is not sent."""
    match event:
        case Refusal(text):
            return "refusal", text
        case Delta(text):
            return "content", text
        case Reasoning(text):
            return "reasoning_content", text
        case Image():
            return "images", picture(event)
        case ToolCall():
            return "tool_calls", written_call(event)
    return "", None


def written_call(call: ToolCall) -> Body:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def picture(image: Image) -> Body:
    data = base64.b64encode(image.content).decode()
    url = f"data:{image.media_type};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def with_choice(before: Usage | None, usage: Usage) -> Usage:
    """Adds the usage of another choice as OpenAI does: the tokens of the question count once."""
    if before is None:
        return usage
    written = total(before, usage).completion_tokens
    return replace(before, completion_tokens=written, total_tokens=None)


def counted(usage: Usage) -> Body:
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    total = usage.total_tokens or prompt + completion
    body: Body = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    if usage.cached_tokens is not None:
        body["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    return body
