"""The frames of an OpenAI-compatible answer, as bytes."""

from __future__ import annotations

import json
from typing import Any

from tests.servers.scripted import SSE, Script, Visit, head

SAID = "The answer is 42."


def frame(data: dict[str, Any] | str) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def delta(content: str, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": None}
    return frame({"id": "c1", "model": "m1-2026", "choices": [choice]})


def bare(content: str) -> bytes:
    """A frame of a service that never sends a finish reason."""
    return frame({"choices": [{"index": 0, "delta": {"content": content}}]})


def stop(reason: str = "stop", **more: Any) -> bytes:
    choice = {"index": 0, "delta": {}, "finish_reason": reason}
    return frame({"id": "c1", "model": "m1-2026", "choices": [choice], **more})


def usage(prompt: int = 3, completion: int = 5) -> bytes:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return frame({"choices": [], "usage": {**counts, "total_tokens": prompt + completion}})


END = frame("[DONE]")
ROLE = delta("", role="assistant")
PING = b": ping\n\n"
TEXT = ROLE + delta("The answer ") + delta("is 42.") + stop() + usage() + END


def streaming(*pieces: bytes, pause: float = 0.0, after: float = 0.0) -> Script:
    """A stream without a length, piece by piece; `after` keeps it open at its end."""

    async def script(visit: Visit) -> None:
        await visit.send(head(200, SSE, connection="close"), *pieces, pause=pause)
        if after:
            await visit.hung_up()

    return script
