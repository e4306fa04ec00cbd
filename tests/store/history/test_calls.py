"""Calls of tools in the history: kept while they run, and told with their answer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llmchat.conversation.conversation import Conversation
from llmchat.errors import NetworkError
from llmchat.store.database.database import Database, fill
from llmchat.store.database.schema import STEPS
from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.rows import memories_in
from llmchat.store.history.writing.journal import Journal
from llmchat.store.history.writing.turns import Opening
from llmchat.store.lock import Tell
from llmchat.store.transfer.export import FORMS, branch_as_it_reads, export
from llmchat.store.transfer.importing import import_file
from llmchat.values.calls import ToolCall, ToolResult
from llmchat.values.events import Delta, Event, Finish
from llmchat.values.turn import Turn
from tests.conversation.test_conversation import Script, every

CALL = ToolCall("c1", "now", '{"zone": "UTC"}', "time/now", 1, {"state": "s-1"})
EVENTS = (
    Delta("Let me look."),
    CALL,
    ToolResult(CALL, "twelve o'clock", "ok", 120),
    Delta("\n\nIt is noon."),
    Finish("stop", "m-1"),
)


async def talked(history: History, *events: Event | BaseException) -> Conversation:
    conversation = Conversation(Script(*(events or EVENTS)), history, model="m")
    await every(conversation.send("what time is it?"))
    return conversation


def exported(history: History, form: str) -> str:
    return "".join(export(history, [history.find("last")], form=form))  # type: ignore[arg-type]


async def test_a_call_is_on_the_disk_before_it_runs(path: Path) -> None:
    """As another process finds it, which is what a kill -9 leaves."""
    opening = Opening(new_id(), "a question", provider="demo", model="demo-1")
    journal = Journal(str(path), opening, clock=time.time)
    journal.start()
    await journal.begun()
    turn = Turn("demo", "demo-1", time.monotonic)
    journal.append("Let me look.")
    turn.take(Delta("Let me look."))
    turn.take(CALL)
    await journal.note(turn.calls)
    other = sqlite3.connect(path)
    assert other.execute("SELECT label, said, outcome FROM tool_call").fetchall() == [
        ("time/now", 12, "")
    ]
    assert other.execute("SELECT text FROM piece").fetchall() == [("Let me look.",)]
    turn.take(ToolResult(CALL, "noon", "ok", 5))
    await journal.note(turn.calls)
    assert other.execute("SELECT result, outcome, ms FROM tool_call").fetchall() == [
        ("noon", "ok", 5)
    ]
    other.close()
    turn.take(Finish("stop", "demo-1"))
    await journal.settle(turn)
    assert journal.trouble is None


async def test_a_disk_that_refuses_does_not_hold_the_call_for_ever(path: Path) -> None:
    def broken(where: str, tell: Tell) -> Database:
        raise OSError("no disk")

    journal = Journal(str(path), Opening(new_id(), "q"), clock=time.time, connect=broken)
    journal.start()
    turn = Turn("demo", "m", time.monotonic)
    turn.take(CALL)
    began = time.monotonic()
    await journal.note(turn.calls)
    assert time.monotonic() - began < 20
    turn.interrupt()
    await journal.settle(turn)


async def test_a_follow_up_brings_the_rounds_along(history: History) -> None:
    await talked(history)
    script = Script()
    later = Conversation(script, history, model="m").resume(history.find("last"))
    await every(later.send("and now?"))
    assert [(m.role, len(m.calls)) for m in script.requests[-1].messages] == [
        ("user", 0),
        ("assistant", 1),
        ("tool", 0),
        ("assistant", 0),
        ("user", 0),
    ]
    _, calling, result, *_ = script.requests[-1].messages
    assert "twelve o'clock" in result.text
    assert calling.memory == {"state": "s-1"}


async def test_within_one_session_as_well(history: History) -> None:
    conversation = await talked(history)
    script = conversation.provider
    assert isinstance(script, Script)
    await every(conversation.send("and now?"))
    assert [m.role for m in script.requests[-1].messages][1:4] == ["assistant", "tool", "assistant"]


async def test_what_failed_after_a_call_is_kept_although_it_reached_nobody(
    history: History,
) -> None:
    lost = NetworkError("no way", hint="h", repeat="free")
    with pytest.raises(NetworkError):
        await talked(history, CALL, ToolResult(CALL, "noon"), lost)
    branch = history.branch(history.find("last"))
    assert [kept.result for kept in history.calls(branch)[branch[-1].id]] == ["noon"]


async def test_a_stopped_call_is_cancelled_and_continue_goes_on_from_it(history: History) -> None:
    conversation = Conversation(Script(CALL), history, model="m")
    events = conversation.send("what time is it?")
    await anext(events)
    await events.aclose()
    branch = history.branch(history.find("last"))
    assert [k.outcome for k in history.calls(branch)[branch[-1].id]] == ["cancelled"]
    script = Script()
    conversation.provider = script
    await every(conversation.continue_())
    assert [m.role for m in script.requests[-1].messages] == ["user", "assistant", "tool"]


async def test_search_finds_no_results(history: History) -> None:
    await talked(history)
    assert history.search("noon")
    assert not history.search("clock")
    assert not history.search("zone")


@pytest.mark.parametrize("form", FORMS)
async def test_every_export_shows_them(history: History, form: str) -> None:
    await talked(history)
    text = exported(history, form)
    assert "time/now" in text
    assert "twelve o" in text


async def test_they_stand_where_they_were_made(history: History) -> None:
    await talked(history)
    text = exported(history, "markdown")
    places = [text.index(w) for w in ("Let me look.", "time/now", "twelve", "It is noon.")]
    assert places == sorted(places)


async def test_a_long_result_is_cut_for_the_eye_and_whole_in_an_export(history: History) -> None:
    long = ToolResult(CALL, "x" * 5000, "ok", 1)
    await talked(history, CALL, long, Finish("stop", "m"))
    shown = branch_as_it_reads(history, history.find("last"), most=2000)[-1].text
    assert "(3,000 more characters; --raw shows them)" in shown
    assert shown.count("x") < 2100
    assert "x" * 5000 in exported(history, "markdown")


async def test_a_result_closes_no_fence_of_an_export(history: History) -> None:
    hostile = ToolResult(CALL, "```\n\n# Heading\n<script>x</script>", "ok", 1)
    await talked(history, CALL, hostile, Finish("stop", "m"))
    assert "<script>x" not in exported(history, "html")
    assert "<h1>Heading" not in exported(history, "html")


@pytest.mark.parametrize("form", ["json", "jsonl"])
async def test_our_own_export_comes_back_whole(history: History, tmp_path: Path, form: str) -> None:
    await talked(history)
    file = tmp_path / f"export.{form}"
    file.write_text(exported(history, form))
    other = History(tmp_path / "other.db")
    import_file(other, file)
    assert json.loads(exported(other, "jsonl")) == json.loads(exported(history, "jsonl"))
    other.close()


async def test_a_damaged_file_gives_them_back(history: History, path: Path) -> None:
    await talked(history)
    history.close()
    with path.open("r+b") as file:
        file.write(b"\0" * 4096)
    again = History(path)
    branch = again.branch(again.find("last"))
    assert again.news
    (kept,) = again.calls(branch)[branch[-1].id]
    assert (kept.result, kept.call.memory) == ("twelve o'clock", {"state": "s-1"})
    again.close()


async def test_a_fork_takes_them_along(history: History) -> None:
    await talked(history)
    copy = history.fork(history.find("last"))
    branch = history.branch(copy)
    assert [k.call for k in history.calls(branch)[branch[-1].id]] == [CALL]


def test_purging_leaves_none(history: History, path: Path) -> None:
    asyncio.run(talked(history))
    row = history.delete("last")
    history.purge(row.id)
    history.close()
    assert sqlite3.connect(path).execute("SELECT count(*) FROM tool_call").fetchone() == (0,)
    assert b"twelve" not in path.read_bytes()


def test_an_older_file_is_copied_and_gets_the_table(
    path: Path, keep: Callable[..., str], history: History
) -> None:
    path.parent.mkdir(exist_ok=True)
    fill(str(path), STEPS[:2])
    keep("an old question")
    assert path.with_name("history.db.v2.bak").exists()
    assert history.calls(history.branch(history.find("last"))) == {}


LEAF = 13  # the kind of a page that holds a whole tree


def test_all_statements_stand_in_the_first_page(path: Path) -> None:
    """Else damage to another page could cost the whole file."""
    path.parent.mkdir()
    fill(str(path), STEPS)
    assert path.read_bytes()[100] == LEAF


def test_so_they_do_in_a_file_that_was_upgraded(path: Path) -> None:
    path.parent.mkdir()
    fill(str(path), STEPS[:1])
    Database.open(str(path)).close()
    assert path.read_bytes()[100] == LEAF


@pytest.mark.parametrize("text", ["[" * 100_000, "{no json", "[1]", "9" * 5000])
def test_what_a_foreign_hand_wrote_is_no_memory(text: str) -> None:
    assert memories_in(text) == {}
