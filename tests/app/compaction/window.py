"""A service with a small window: it refuses longer requests, answers questions, and summarizes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.frames import END, delta, stop, usage

WINDOW = 8000  # tokens
LETTERS = 3.4  # a token, by its own count, which is not ours
FACT = re.compile(r"the (\w+) is (\w+\d+)")


def tokens_in(messages: list[dict[str, Any]]) -> int:
    return sum(round(len(m["content"]) / LETTERS) + 6 for m in messages)


@dataclass
class SmallWindow:
    """`asked` are the bodies of all requests, `refusals` how many were too long."""

    window: int = WINDOW
    names_window: bool = True
    summaries_fail: bool = False
    summaries_ramble: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    refusals: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        tokens = tokens_in(body["messages"])
        if tokens > self.window:
            self.refusals += 1
            limit = f" is {self.window} tokens" if self.names_window else " was exceeded"
            said = f"This model's maximum context length{limit}. You sent more."
            error = {"message": said, "code": "context_length_exceeded"}
            return httpx.Response(400, json={"error": error})
        text = body["messages"][-1]["content"]
        if "<conversation>" in text and self.summaries_fail:
            return httpx.Response(500, json={"error": {"message": "out of order"}})
        content = delta(self._answer(text)) + stop() + usage(tokens, 50) + END
        return httpx.Response(200, content=content, headers={"content-type": "text/event-stream"})

    def _answer(self, text: str) -> str:
        if "<conversation>" in text:
            if self.summaries_ramble:
                return "It went on about this and that. " * 200
            facts = dict(FACT.findall(text))
            return "Notes: " + "; ".join(f"the {name} is {value}" for name, value in facts.items())
        return f"I see. {'And so on and so forth. ' * 8}"

    @property
    def summaries(self) -> list[str]:
        texts = [body["messages"][-1]["content"] for body in self.asked]
        return [text for text in texts if "<conversation>" in text]

    @property
    def last(self) -> str:
        """Everything that was sent with the last request."""
        return "\n".join(m["content"] for m in self.asked[-1]["messages"])
