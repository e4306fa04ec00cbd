"""Events as OpenAI's answers: whole, or as chunks of a stream."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Image, Reasoning, Usage

FINISH = {"filter": "content_filter"}

Body = dict[str, Any]


@dataclass(slots=True)
class Written:
    """One answer in the form of a client; several with the same head make its choices."""

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

    def deltas(self, event: Event) -> Iterator[Body]:
        """What of an event a client is told."""
        match event:
            case Delta(text):
                yield {"content": text}
            case Reasoning(text):
                yield {"reasoning_content": text}
            case Image():
                yield {"images": [picture(event)]}
            case ToolCall():
                yield {"tool_calls": [{"index": self.calls, **written_call(event)}]}
                self.calls += 1

    def _head(self, kind: str) -> Body:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


@dataclass(slots=True)
class ChatChoice:
    """One answer, gathered."""

    text: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    pictures: list[Body] = field(default_factory=list)
    calls: list[Body] = field(default_factory=list)

    def take(self, event: Event) -> None:
        match event:
            case Delta(text):
                self.text.append(text)
            case Reasoning(text):
                self.thoughts.append(text)
            case Image():
                self.pictures.append(picture(event))
            case ToolCall():
                self.calls.append(written_call(event))

    def body(self, index: int, finish: str) -> Body:
        text = "".join(self.text)
        message: Body = {"role": "assistant", "content": text or (None if self.calls else "")}
        if self.thoughts:
            message["reasoning_content"] = "".join(self.thoughts)
        if self.pictures:
            message["images"] = self.pictures
        if self.calls:
            message["tool_calls"] = self.calls
        return {"index": index, "message": message, "finish_reason": finish, "logprobs": None}


def written_call(call: ToolCall) -> Body:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def picture(image: Image) -> Body:
    data = base64.b64encode(image.content).decode()
    url = f"data:{image.media_type};base64,{data}"
    return {"type": "image_url", "image_url": {"url": url}}


def counted(usage: Usage) -> Body:
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    total = usage.total_tokens or prompt + completion
    body: Body = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    if usage.cached_tokens is not None:
        body["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    return body
