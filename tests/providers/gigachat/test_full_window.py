"""GigaChat's refusal of a conversation that is too long makes room in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.frames import END, delta, stop
from tests.shell import Shell

FULL = {"status": 413, "message": "Payload too large"}  # as the service's documentation has it
MOST = 3500  # characters of all messages


class SmallGigaChat:
    """`asked` are the messages of each chat request."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/chat/completions"):
            return httpx.Response(200, json={"access_token": "t", "expires_at": 4_000_000_000_000})
        messages = json.loads(request.content)["messages"]
        self.asked.append(messages)
        if sum(len(message["content"]) for message in messages) > MOST:
            return httpx.Response(413, json=FULL)
        said = "Notes." if "<conversation>" in messages[-1]["content"] else "Heard. " * 60
        content = delta(said) + stop() + END
        return httpx.Response(200, content=content, headers={"content-type": "text/event-stream"})


def test_a_full_window_is_summarized_and_not_seen(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    service = SmallGigaChat()
    environ = {"LLMCHAT_HOME": str(tmp_path), "GIGACHAT_ACCESS_TOKEN": "t"}
    shell = Shell(tmp_path, environ, answer=service)
    for number in range(6):
        follows = ["-c"] if number else []
        result = shell("ask", "-p", "gigachat", *follows, f"Turn {number}. " + "And so on. " * 40)
        assert result.code == 0, result.text
        assert "too large" not in result.text
    assert any("<conversation>" in messages[-1]["content"] for messages in service.asked)
