"""Values that no column takes never cost an answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmchat.errors import LlmchatError
from llmchat.providers.formats.chat_frames import ChatReader
from llmchat.store.database.columns import storable
from llmchat.store.database.database import Database
from llmchat.store.history import queries
from llmchat.store.history.history import History
from llmchat.store.history.writing.journal import Journal
from llmchat.store.history.writing.turns import Opening
from llmchat.store.lock import Tell
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.turn import Turn


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
    history = History(tmp_path / "history.db")
    assert answered(history, model=model, total=total).trouble is None
    answer = history.branch(history.find("last"))[-1]
    assert (answer.text, answer.state) == ("because", "complete")
    assert history.stats().tokens in (0, 3)


REFUSAL = """CREATE TEMP TRIGGER refusal BEFORE UPDATE OF text ON main.message
    BEGIN SELECT RAISE(ABORT, 'no'); END"""


def test_pieces_outlast_an_end_that_cannot_be_written(tmp_path: Path) -> None:
    def connect(path: str, tell: Tell) -> Database:
        opened = Database.open(path)
        opened.connection.execute(REFUSAL)
        return opened

    history = History(str(tmp_path / "history.db"), clock=lambda: 1.0, connect=connect)
    answered(history)
    connection = Database.open(history.path).connection
    (answer,) = connection.execute("SELECT id FROM message WHERE role = 'assistant'").fetchone()
    assert queries.text_so_far(connection, answer) == "because"


FIELDS = ("model", "id", "object", "created", "system_fingerprint", "error")
COUNTS = (
    *("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens"),
    *("prompt_tokens_details", "precached_prompt_tokens"),
)
WORDS = st.text(st.characters(), max_size=20) | st.sampled_from(["", "\0", "\ud800", "x" * 5000])
NUMBERS = st.integers() | st.sampled_from([2**63, -(2**63) - 1, 10**400, 1e308])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(COUNTS, JSON)),
    st.just("stop") | JSON,
    WORDS,
)
@example({}, {}, "stop", "half \ud800")
@example({"model": "\ud800"}, {"total_tokens": 2**63}, "stop", "\0")
@settings(max_examples=60, deadline=None)
def test_whatever_a_service_says_beside_its_answer_the_answer_is_kept(
    tmp_path_factory: pytest.TempPathFactory,
    fields: dict[str, Any],
    counts: dict[str, Any],
    reason: Any,
    text: str,
) -> None:
    delta = {"content": f"because {text}", "reasoning": text}
    choice = {"delta": delta, "finish_reason": reason}
    frames = [fields | {"usage": counts, "choices": [choice]}, "[DONE]"]
    lines = [f if isinstance(f, str) else json.dumps(f) for f in frames]
    turn, reader = Turn("p", "m", lambda: 1.0), ChatReader("m", request_id=text)
    try:
        for event in reader.feed("".join(f"data: {line}\n\n" for line in lines).encode()):
            turn.take(event)
    except LlmchatError as error:
        turn.fail(error)
    assert turn.text.startswith("because") or turn.error
    path = tmp_path_factory.mktemp("kept") / "history.db"
    history = History(path)
    assert settled(history, turn).trouble is None
    (answer,) = (m for m in history.branch(history.find("last")) if m.role == "assistant")
    assert answer.text == storable(turn.text)
    assert answer.state == turn.state
    assert history.stats().conversations == 1


def settled(history: History, turn: Turn) -> Journal:
    async def settle() -> Journal:
        journal = history.journal(Opening("abcdefgh12", "why?", provider="p", model="m"))
        journal.start()
        journal.append(turn.text)
        await journal.settle(turn)
        journal.leave()
        return journal

    return asyncio.run(settle())
