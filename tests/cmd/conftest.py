"""A scripted model, and a person at a terminal who asks it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.frames import END, delta, stop, usage
from tests.e2e.shell import LLMCHAT
from tests.servers.beside import beside
from tests.servers.scripted import SSE, Visit, head, whole
from tests.terminals.person import Person, environment

__all__ = ["environment"]

EXPLAINED = "It lists files, **slowly**."


@dataclass
class Model:
    """`reply` is its reply to any request; `status` refuses, `silent` never answers."""

    reply: str = "ls"
    status: int = 200
    silent: bool = False
    finish: str = "stop"
    refuses: str = ""  # a field of the request that it does not take
    url: str = ""
    asked: list[Any] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def wishes(self) -> list[str]:
        return [body["messages"][-1]["content"] for body in self.asked]

    async def answer(self, visit: Visit) -> None:
        body = visit.asked.json
        self.asked.append(body)
        if self.silent:
            await visit.send(head(200, SSE))
            await visit.hung_up()
            return
        if self.status != 200 or (self.refuses and self.refuses in body):
            refusal = {"error": {"message": "the model is \x1b[31mnot\x07 here"}}
            await visit.send(whole(refusal, status=max(self.status, 400)))
            return
        while not self.gate.is_set():  # noqa: ASYNC110  # another thread opens it
            await asyncio.sleep(0.01)
        explains = "explain" in body["messages"][0]["content"][:20]
        text = EXPLAINED if explains else self.reply
        pieces = [delta(text[at : at + 5]) for at in range(0, len(text), 5)]
        await visit.send(head(200, SSE), *pieces, stop(self.finish), usage(20, 7), END)


@pytest.fixture
def model() -> Iterator[Model]:
    """Its server runs in a thread beside the test."""
    model = Model()
    model.gate.set()
    with beside(model.answer) as server:
        model.url = server.url
        yield model


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture
def variables(environment: dict[str, str], home: Path, model: Model) -> dict[str, str]:
    """The environment of a person with a server of their own and nothing else."""
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "config.toml").write_text(
        f'provider = "box"\n[providers.box]\nbase_url = "{model.url}/v1"\nmodel = "m1"\n'
    )
    path = f"{LLMCHAT.parent}:{environment['PATH']}"
    return {**environment, "PATH": path, "HOME": str(home), "SHELL": "/bin/bash"}


class Desk:
    """Starts programs at terminals; `desk("llmchat", "cmd", "list")`."""

    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        self.variables = variables
        self.folder = folder
        self.people: list[Person] = []

    def __call__(self, *command: str, columns: int = 100, **more: str) -> Person:
        env = {**self.variables, **more}
        person = Person(command, env, self.folder, columns=columns, rows=30)
        self.people.append(person)
        return person

    def ask(self, *words: str, **more: Any) -> Person:
        """Runs `llmchat cmd` until the keys are shown."""
        person = self(str(LLMCHAT), "cmd", *words, **more)
        person.until(lambda: person.line.endswith("[q]uit"), "the keys")
        return person


@pytest.fixture
def desk(variables: dict[str, str], tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = Desk(variables, folder)
    yield desk
    for person in desk.people:
        person.process.close(force=True)
