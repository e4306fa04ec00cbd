"""Renders answers as JSON: one object at the end, or one line per event.

Why: docs/decisions/0047-machine-output-has-schemas.md.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, TextIO

from llmchat.errors import LlmchatError
from llmchat.render.clean import acts
from llmchat.values.calls import CallOutcome, KeptCall, ToolCall, ToolResult
from llmchat.values.events import Delta, Event, Fallback, Image, Reasoning
from llmchat.values.turn import Turn

BLOCK = 1024 * 1024  # characters per write, so that a large answer is not copied again as a whole

# A model that stops for a tool call has stopped, if it was offered none.
NAMES = ("stop", "length", "filter", "incomplete", "interrupted", "tool_limit")
FINISHES = {name: name for name in NAMES}
FINISHES["tool_calls"] = "stop"


def json_text(value: object, *, tty: bool, indent: int | None = None) -> str:
    """JSON, unchanged for a pipe; for a terminal the same JSON without characters that it would
    obey."""
    compact = (",", ":") if indent is None else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=compact)
    return _escaped(text) if tty else text


def _escaped(text: str) -> str:
    """Escapes control characters, bidi marks, tags and other invisible characters as `\\uXXXX`."""
    text = text.replace("\x7f", "\\u007f")
    if text.isascii():
        return text
    return "".join([json.dumps(char)[1:-1] if acts(char) else char for char in text])


class Lines:
    """Writes one JSON object per line, and flushes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tty = stream.isatty()

    def write(self, row: dict[str, Any]) -> None:
        text = json_text(row, tty=self._tty)
        for start in range(0, len(text), BLOCK):
            self._put(text[start : start + BLOCK])
        self._put("\n")
        self._stream.flush()

    def _put(self, text: str) -> None:
        buffer = getattr(self._stream, "buffer", None)
        if buffer is None:
            self._stream.write(text)
        else:
            buffer.write(text.encode("utf-8", "replace"))


class JsonAnswer:
    """`--json`: writes nothing until the end."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = Lines(stream)

    def begin(self, turn: Turn) -> None:
        pass

    async def show(self, events: AsyncIterator[Event]) -> None:
        async for _ in events:
            pass

    def end(
        self, turn: Turn | None, error: LlmchatError | None, *, text: str | None = None
    ) -> None:
        self._lines.write(answer_object(turn, error, text=text))


class JsonEvents:
    """`--jsonl`: writes events as they come, each with its `type`."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = Lines(stream)

    def begin(self, turn: Turn) -> None:
        self._lines.write(
            {
                "type": "start",
                "provider": turn.provider,
                "requested_model": turn.requested_model or None,
                "conversation": turn.conversation or None,
            }
        )

    async def show(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            match event:
                case Delta(text):
                    self._lines.write({"type": "delta", "text": text})
                case Reasoning(text):
                    self._lines.write({"type": "reasoning", "text": text})
                case Image():
                    self._lines.write({"type": "image", **image_object(event)})
                case ToolCall():
                    self._lines.write({"type": "tool_call", **_call(event)})
                case ToolResult(call, text, outcome, ms):
                    row = {**_call(call), **_ending(text, outcome, ms)}
                    self._lines.write({"type": "tool_result", **row})
                case Fallback(attempt, provider, text):
                    row = {"attempt": asdict(attempt), "provider": provider, "message": text}
                    self._lines.write({"type": "fallback", **row})

    def end(
        self, turn: Turn | None, error: LlmchatError | None, *, text: str | None = None
    ) -> None:
        """Writes `error` if there is an error, else `end` (also for a stopped answer)."""
        row = answer_object(turn, error, text=text)
        self._lines.write({"type": "error" if error else "end", **row})


def answer_object(
    turn: Turn | None, error: LlmchatError | None, *, text: str | None = None
) -> dict[str, Any]:
    """The object of `ask --json`, whose keys are a public interface. `text` replaces the answer's
    text if only a part of it was wanted."""
    turn = turn or Turn("", "", lambda: 0.0)  # no provider was asked
    return {
        "provider": turn.provider or None,
        "model": turn.model or None,
        "requested_model": turn.requested_model or None,
        "conversation": turn.conversation or None,
        "text": turn.text if text is None else text,
        "reasoning": turn.reasoning or None,
        "finish_reason": FINISHES.get(turn.finish_reason),
        "usage": asdict(turn.usage),
        "timing": {"first_token_ms": turn.first_token_ms, "total_ms": turn.total_ms},
        "attempts": [asdict(attempt) for attempt in turn.attempts],
        "error": error_object(error),
        **({"data": turn.data.value} if turn.data else {}),
        **({"images": [image_object(image) for image in turn.images]} if turn.images else {}),
        **({"tool_calls": [call_object(call) for call in turn.calls]} if turn.calls else {}),
    }


def call_object(kept: KeptCall) -> dict[str, Any]:
    """A call with its result; an `outcome` of null means that it has not ended."""
    return {**_call(kept.call), **_ending(kept.result, kept.outcome or None, kept.ms)}


def _call(call: ToolCall) -> dict[str, Any]:
    """A call; `arguments` is the text that the model wrote, which may not be JSON."""
    names = {"id": call.id, "tool": call.label or call.name, "name": call.name}
    return {**names, "round": call.round, "arguments": call.arguments}


def _ending(text: str, outcome: CallOutcome | None, ms: int | None) -> dict[str, Any]:
    return {"outcome": outcome, "ms": ms, "result": text}


def image_object(image: Image) -> dict[str, Any]:
    return {
        "path": image.path or None,
        "media_type": image.media_type,
        "size": len(image.content),
    }


def error_object(error: LlmchatError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint or None,
        "exit_code": error.exit_code,
        "retry_after": error.retry_after,
    }
