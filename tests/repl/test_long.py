"""A refusal in the session: it is not seen, and stopping what follows brings the question back."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.frames import END, delta, stop
from tests.servers.beside import beside
from tests.servers.scripted import SSE, Visit, head, whole
from tests.terminals.person import Chat

WINDOW = 2370  # characters
OLLAMA = ("-p", "ollama", "-m", "demo")  # the toolbar is known by that word


class Small:
    """Refuses what is longer than its window; a summary waits until `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.window = WINDOW

    async def __call__(self, visit: Visit) -> None:
        messages = visit.asked.json["messages"]
        text = messages[-1]["content"]
        if len(json.dumps(messages)) > self.window:
            error = {"message": "too much", "code": "context_length_exceeded"}
            await visit.send(whole({"error": error}, status=400, connection="close"))
            return
        while "<conversation>" in text and not self.go.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # an event of another thread
        said = "Notes." if "<conversation>" in text else f"Heard {text[:5]}"
        await visit.send(head(200, SSE, connection="close"), delta(said), stop(), END)


@contextmanager
def behind(service: Small) -> Iterator[str]:
    with beside(service) as server:
        try:
            yield server.url
        finally:
            service.go.set()


def said(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "history.db") as connection:
        rows = connection.execute("SELECT role, substr(text, 1, 11) FROM message ORDER BY id")
        return rows.fetchall()


def test_stopped_it_brings_the_question_back_and_sent_again_it_is_answered(
    chat: Chat, home: Path
) -> None:
    service = Small()
    with behind(service) as url:
        me = chat(*OLLAMA, demo=False, LLMCHAT_OLLAMA_BASE_URL=url)
        for number in range(1, 4):
            me.prompt()
            me.say(f"one {number} " + "and on " * 100)
            me.see("Heard one", times=number)
        me.prompt()
        me.say("two words")
        me.see("summarizing")
        me.press("ctrl-c")
        me.see("Stopped. The conversation is as it was.")
        service.go.set()
        me.prompt("two words")
        me.press("enter")
        me.see("earlier messages summarized by ollama/", "Heard [Sum")
        assert "too much" not in me.text
        me.prompt()  # then the answer is written
        assert said(home)[-3:] == [
            ("summary", "Notes."),
            ("user", "two words"),
            ("assistant", "Heard [Summ"),
        ]
