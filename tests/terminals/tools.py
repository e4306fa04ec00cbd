"""A person, a model that calls by a script, and functions that leave a trace when they run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.tool_model import OpenAIModel, Turn
from tests.terminals.person import Person

FUNCTIONS = '''
import pathlib, time

def now(zone: str = "UTC") -> str:
    """The time in a zone."""
    with open("ran", "a") as file:
        file.write(zone + "\\n")
    return f"12:00 in {zone}"

def waits() -> str:
    """Waits for a long time."""
    pathlib.Path("waiting").touch()
    time.sleep(600)
    return "never"
'''
PANEL, KEYS = "The model wants to run now", "Run it? y once"


class Place:
    """A folder with functions, a scripted model, and whoever talks to it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], model: OpenAIModel) -> None:
        (folder / "t.py").write_text(FUNCTIONS)
        self.folder, self.model = folder, model
        self._environment = {
            **environment,
            "LLMCHAT_VLLM_BASE_URL": model.url,
            "LLMCHAT_PROVIDER": "vllm",
        }
        self._people: list[Person] = []

    def person(self, *argv: str, columns: int = 90, rows: int = 40, **env: str) -> Person:
        command = [sys.executable, "-m", "llmchat", *argv]
        return self._start(command, columns, rows, env)

    def piped(self, *argv: str) -> Person:
        """Asks with a question from a pipe; otherwise at a terminal."""
        command = ["sh", "-c", 'echo hi | "$@"', "sh", sys.executable, "-m", "llmchat", *argv]
        return self._start(command, 90, 40, {})

    def _start(self, command: list[str], columns: int, rows: int, env: Mapping[str, str]) -> Person:
        given = {**self._environment, **env}
        person = Person(command, given, self.folder, columns=columns, rows=rows)
        self._people.append(person)
        return person

    def asks(self, *argv: str, **more: object) -> Person:
        """Runs `ask` with the function that leaves a trace."""
        return self.person("ask", "-T", "t.py:now", *argv, "hi", **more)  # type: ignore[arg-type]

    @property
    def ran(self) -> list[str]:
        trace = self.folder / "ran"
        return trace.read_text().split() if trace.exists() else []

    def close(self) -> None:
        for person in self._people:
            person.leave()


@pytest.fixture
def place(tmp_path: Path, environment: dict[str, str]) -> Callable[..., object]:
    @contextmanager
    def opened(*turns: Turn) -> Iterator[Place]:
        with OpenAIModel(*turns).running() as model:
            there = Place(tmp_path, environment, model)
            try:
                yield there
            finally:
                there.close()

    return opened
