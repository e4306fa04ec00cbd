"""The frames of an OpenAI-style chat completion, streamed or whole; no I/O.

GigaChat and ChatGptt speak the same form with small differences, which they override.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from llmchat.errors import LlmchatError, NotAnAnswer, ServiceError
from llmchat.events import Delta, Event, Finish, FinishName, Reasoning, Usage
from llmchat.providers.codes import error_of
from llmchat.sse import Decoder, ServerSentEvent
from llmchat.transport.refusals import not_an_answer

FINISH_NAMES: dict[str, FinishName] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filter",
    "sensitive": "filter",
    "blacklist": "filter",
    "safety": "filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
FAILURES = frozenset({"error", "network_error", "insufficient_system_resource"})


class ChatReader:
    """Streamed frames: `data: {json}` until `data: [DONE]`."""

    def __init__(self, asked_model: str, *, request_id: str = "") -> None:
        self._decoder = Decoder()
        self._model = asked_model
        self._request_id = request_id
        self._reason = ""
        self._usage: Usage | None = None
        self._begun = False
        self.done = False

    @property
    def ending(self) -> bool:
        return bool(self._reason)

    def feed(self, data: bytes) -> Iterator[Event]:
        for frame in self._decoder.feed(data):
            self._begun = True
            yield from self._frame(frame)
            if self.done:
                return

    def close(self) -> Iterator[Event]:
        """A last frame without its blank line is read as well, unless it was cut."""
        if not self.done:
            for frame in self._decoder.flush():
                if _is_whole(frame.data):
                    self._begun = True
                    yield from self._frame(frame)
        if not self.done and self._reason:
            yield from self._finish()
        if not self._begun:
            raise NotAnAnswer("the reply is empty", hint="try again; llmchat doctor looks closer")

    def _frame(self, frame: ServerSentEvent) -> Iterator[Event]:
        if frame.data.strip() == "[DONE]":
            self._reason = self._reason or "stop"
            yield from self._finish()
            return
        data = parsed(frame.data)
        if failed := self.error_in(data, frame.event):
            raise failed
        self._model = data.get("model") or self._model
        self._usage = usage_of(data.get("usage")) or self._usage
        choices = data.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            message, reason = self.choice(choices[0])
            yield from self.pieces(message)
            self._reason = reason or self._reason
            if self._reason in FAILURES:
                raise ServiceError(f"the service broke off ({self._reason})", hint="ask again")

    def _finish(self) -> Iterator[Event]:
        self.done = True
        if self._usage:
            yield self._usage
        yield Finish(FINISH_NAMES.get(self._reason, "stop"), self._model, self._request_id)

    def error_in(self, data: dict[str, Any], event: str) -> LlmchatError | None:
        return error_of(data) if data.get("error") or event == "error" else None

    def choice(self, choice: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The message (or the piece of one) in a choice, and why it ended, if it did."""
        message = choice.get("delta") or choice.get("message")
        return message if isinstance(message, dict) else {}, str(choice.get("finish_reason") or "")

    def pieces(self, message: dict[str, Any]) -> Iterable[Event]:
        return message_events(message)


def message_events(message: dict[str, Any]) -> Iterator[Event]:
    """What a delta or a whole message says."""
    thought = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(thought, str) and thought:
        yield Reasoning(thought)
    content = message.get("content")
    if isinstance(content, list):
        parts = (p.get("text") for p in content if isinstance(p, dict))
        content = "".join(p for p in parts if isinstance(p, str))
    if isinstance(content, str) and content:
        yield Delta(content)


class WholeReader:
    """One JSON object, for `stream: false` or a server that streams to nobody."""

    ending = False
    done = False

    def __init__(self, stream: ChatReader, content_type: str) -> None:
        self._stream = stream
        self._content_type = content_type
        self._body = bytearray()

    def feed(self, data: bytes) -> Iterable[Event]:
        self._body += data
        return ()

    def close(self) -> Iterator[Event]:
        try:
            data = json.loads(self._body)
            whole = isinstance(data, dict) and bool(data.get("choices") or data.get("error"))
        except (ValueError, RecursionError):
            whole = False
        if not whole:
            raise not_an_answer(bytes(self._body[:4096]), self._content_type)
        line = json.dumps(data).encode()
        yield from self._stream.feed(b"data: " + line + b"\n\n")
        yield from self._stream.close()


def parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise NotAnAnswer("the stream holds something that is no answer", hint="llmchat doctor")
    return data


def _is_whole(text: str) -> bool:
    if text.strip() == "[DONE]":
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def usage_of(data: object) -> Usage | None:
    if not isinstance(data, dict):
        return None
    details = data.get("prompt_tokens_details")
    cached = data.get("precached_prompt_tokens", data.get("prompt_cache_hit_tokens"))
    if cached is None and isinstance(details, dict):
        cached = details.get("cached_tokens")
    return Usage(
        prompt_tokens=_count(data.get("prompt_tokens")),
        completion_tokens=_count(data.get("completion_tokens")),
        total_tokens=_count(data.get("total_tokens")),
        cached_tokens=_count(cached),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
