"""Values that no column takes never cost an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from llmchat.events import Delta, Finish, Usage
from llmchat.store.database.database import Database
from llmchat.store.history import endings
from llmchat.store.history.history import History
from llmchat.store.history.journal import Journal
from llmchat.store.history.turns import Opening
from llmchat.turn import Turn


def answered(history: History, *, model: str = "m", total: int | None = 3) -> Journal:
    async def turn() -> Journal:
        journal = history.journal(Opening("abcdefgh12", "why?", provider="demo", model=model))
        journal.start()
        await journal.begun()
        journal.append("because")
        said = Turn("demo", model, lambda: 1.0)
        said.take(Delta("because"))
        said.take(Usage(1, 2, total))
        said.take(Finish("stop", model))
        await journal.settle(said)
        journal.leave()
        return journal

    return asyncio.run(turn())


@pytest.mark.parametrize(
    ("model", "total"), [("m", 2**63), ("m", -1), ("half \ud800", 3), ("m", 10**400)]
)
def test_an_answer_with_impossible_numbers_or_half_characters_is_kept(
    tmp_path: Path, model: str, total: int
) -> None:
    history = History.open(tmp_path / "history.db")
    assert answered(history, model=model, total=total).trouble is None
    answer = history.branch(history.find("last"))[-1]
    assert (answer.text, answer.state) == ("because", "complete")
    assert history.stats().tokens in (0, 3)


REFUSAL = """CREATE TEMP TRIGGER refusal BEFORE UPDATE OF text ON main.message
    BEGIN SELECT RAISE(ABORT, 'no'); END"""


REFUSAL = """CREATE TEMP TRIGGER refusal BEFORE UPDATE OF text ON main.message
    BEGIN SELECT RAISE(ABORT, 'no'); END"""


def test_pieces_outlast_an_end_that_cannot_be_written(tmp_path: Path) -> None:
    def connect(path: str) -> Database:
        opened = Database.open(path)
        opened.connection.execute(REFUSAL)
        return opened

    history = History(str(tmp_path / "history.db"), clock=lambda: 1.0, connect=connect)
    answered(history)
    connection = Database.open(history.path).connection
    (answer,) = connection.execute("SELECT id FROM message WHERE role = 'assistant'").fetchone()
    assert endings.text_so_far(connection, answer) == "because"
