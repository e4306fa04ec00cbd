"""A conversation with a summary: what is sent, and how undo, retry, edit and continue go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.conversation.conversation import Conversation
from llmchat.store.history.history import History
from llmchat.values.events import Delta, Finish
from llmchat.values.messages import framed
from tests.conversation.test_conversation import Script, every, talk

S = framed("notes")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def script() -> Script:
    return Script(Delta("yes"), Finish("stop", "m-1"))


async def talked(script: Script, history: History | None, turns: int = 4) -> Conversation:
    conversation = talk(script, history, system="Be short.")
    for number in range(1, turns + 1):
        await every(conversation.send(f"q{number}"))
    return conversation


def shape(history: History) -> list[tuple[str, str]]:
    return [(m.role, m.text) for m in history.branch(history.find("last"))]


@pytest.mark.parametrize("saves", [True, False])
async def test_the_summary_is_sent_in_place_of_what_it_stands_for(
    history: History, script: Script, saves: bool
) -> None:
    conversation = await talked(script, history if saves else None)
    conversation.compact("notes", keeps=2)
    await every(conversation.send("q5"))
    expected = [("user", f"{S}\n\nq4"), ("assistant", "yes"), ("user", "q5")]
    assert script.asked() == [("system", "Be short."), *expected]


async def test_one_that_is_resumed_sends_the_same(history: History, script: Script) -> None:
    (await talked(script, history)).compact("notes", keeps=2)
    again = talk(script, history).resume(history.find("last"))
    await every(again.send("q5"))
    assert script.asked()[1] == ("user", f"{S}\n\nq4")


async def test_undo_restores_the_exact_branch(history: History, script: Script) -> None:
    conversation = await talked(script, history)
    before, leaf = conversation.branch, history.find("last").leaf
    conversation.compact("notes", keeps=2)
    assert conversation.undo() == ""
    assert conversation.branch == before
    assert history.find("last").leaf == leaf
    conversation.redo()
    assert [m.role for m in conversation.branch][-1] == "summary"
    await every(conversation.send("q5"))
    assert conversation.undo() == "q5"
    assert conversation.undo() == ""
    assert conversation.undo() == "q4"
    assert history.branch(history.find("last"))[-1].text == "yes"
    assert len(shape(history)) == 6


async def test_a_second_summary_takes_the_place_of_the_first(
    history: History, script: Script
) -> None:
    conversation = await talked(script, history)
    conversation.compact("old notes", keeps=2)
    await every(conversation.send("q5"))
    conversation.compact("notes", keeps=4)
    await every(conversation.send("q6"))
    texts = [text for _, text in script.asked()]
    assert texts == ["Be short.", f"{S}\n\nq4", "yes", "q5", "yes", "q6"]


async def test_leaving_turns_out_sends_no_empty_summary(history: History, script: Script) -> None:
    conversation = await talked(script, history)
    conversation.compact("", keeps=2)
    await every(conversation.send("q5"))
    assert [text for _, text in script.asked()] == ["Be short.", "q4", "yes", "q5"]


async def test_retry_after_it_keeps_the_summary(history: History, script: Script) -> None:
    conversation = await talked(script, history)
    conversation.compact("notes", keeps=4)
    await every(conversation.retry())
    assert [text for _, text in script.asked()] == ["Be short.", f"{S}\n\nq3", "yes", "q4"]
    again = talk(script, history).resume(history.find("last"))
    assert [m.message.text for m in again.sent] == ["notes", "q3", "yes", "q4", "yes"]


async def test_edit_after_it_keeps_the_summary(history: History, script: Script) -> None:
    conversation = await talked(script, history)
    conversation.compact("notes", keeps=2)
    await every(conversation.edit("other"))
    assert [text for _, text in script.asked()] == ["Be short.", f"{S}\n\nother"]


async def test_continue_after_it_goes_on_from_the_answer_before_it(
    history: History, script: Script
) -> None:
    conversation = await talked(script, history)
    conversation.compact("notes", keeps=2)
    await every(conversation.continue_())
    roles = [role for role, _ in script.asked()]
    assert roles == ["system", "user", "assistant", "user"]
    assert shape(history)[-2:] == [("summary", "notes"), ("assistant", "yes")]
    assert conversation.undo() == ""
    assert len(conversation.branch) == len(shape(history)) == 8


async def test_a_fork_keeps_it_and_a_search_finds_the_turns_alone(
    history: History, script: Script
) -> None:
    conversation = await talked(script, history)
    conversation.compact("notes about beekeeping", keeps=2)
    conversation.fork()
    await every(conversation.send("q5"))
    assert script.asked()[1][1].startswith("[Summary of the earlier conversation]\nnotes about")
    assert history.search("beekeeping") == []
    from llmchat.store.search import index

    history.store(index.rebuild)
    assert history.search("beekeeping") == []
