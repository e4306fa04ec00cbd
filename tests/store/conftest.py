"""A history in a folder of its own, and a short way to fill it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.writing import endings, turns
from llmchat.store.history.writing.turns import Opening
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.turn import Turn


@dataclass
class Ticking:
    """A clock that advances by a second each time it is read."""

    now: float = 1_750_000_000.0
    step: float = 1.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@dataclass
class Keeper:
    """Saves whole turns without a journal's thread."""

    history: History
    clock: Ticking
    kept: list[str] = field(default_factory=list)

    def turn(
        self,
        question: str,
        answer: str = "an answer",
        *,
        conversation: str = "",
        parent: int | None = None,
        provider: str = "demo",
        model: str = "demo-1",
    ) -> str:
        """Saves a question with its whole answer; returns the conversation's id."""
        conversation = conversation or new_id()
        opening = Opening(conversation, question, parent=parent, provider=provider, model=model)
        turn = Turn(provider, model, time.monotonic, conversation=conversation)
        turn.take(Delta(answer))
        turn.take(Usage(3, 4, 7, None))
        turn.take(Finish("stop", model, "request-1"))
        self.history.store(lambda c: self._keep(c, opening, turn))
        self.kept.append(conversation)
        return conversation

    def _keep(self, connection: sqlite3.Connection, opening: Opening, turn: Turn) -> None:
        place = turns.begin(connection, opening, now=self.clock())
        endings.finish(connection, place, turn, now=self.clock())


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.db"


@pytest.fixture
def history(path: Path, clock: Ticking) -> Iterator[History]:
    opened = History(path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def keep(history: History, clock: Ticking) -> Callable[..., str]:
    return Keeper(history, clock).turn
