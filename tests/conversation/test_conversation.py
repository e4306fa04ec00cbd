"""A conversation: what is asked, what is kept, branches, stops and warnings."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from llmchat.conversation.continuing import ENGLISH as GO_ON
from llmchat.conversation.conversation import Conversation, Events
from llmchat.errors import EmptyPrompt, IncompleteAnswer, NothingFound, Unavailable, UsageError
from llmchat.store.database.database import Database
from llmchat.store.history.history import History
from llmchat.store.lock import Tell
from llmchat.values.events import (
    Alert,
    Attempt,
    Delta,
    Event,
    Fallback,
    Finish,
    Notice,
    Reasoning,
    Usage,
)
from llmchat.values.messages import Attachment, Request

WHOLE = (Delta("Hello "), Delta("there"), Finish("stop", "m-1", "id-1"))


class Script:
    """A provider that sends scripted events and records its requests."""

    def __init__(self, *events: Event | BaseException, name: str = "demo") -> None:
        self.id = name
        self.events: Sequence[Event | BaseException] = events or WHOLE
        self.requests: list[Request] = []
        self.closed = 0

    async def stream(self, request: Request) -> Events:
        self.requests.append(request)
        try:
            for event in self.events:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        pass

    def asked(self) -> list[tuple[str, str]]:
        return [(m.role, m.text) for m in self.requests[-1].messages]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> History:
    return History(path)


def talk(script: Script, history: History | None, *, system: str = "") -> Conversation:
    return Conversation(script, history, model="m", system=system)


async def every(events: Events) -> list[Event]:
    return [event async for event in events]


def texts(history: History) -> list[str]:
    return [m.text for m in history.branch(history.find("last"))]


async def test_the_events_pass_through_unchanged(history: History) -> None:
    said = (Reasoning("hm"), Delta("a"), Notice("n"), Usage(1, 2, 3), Finish("stop", "m-1"))
    assert await every(talk(Script(*said), history).send("hi")) == list(said)


async def test_the_second_question_brings_the_first_along(history: History) -> None:
    script = Script()
    conversation = talk(script, history, system="Be short.")
    await every(conversation.send("one"))
    await every(conversation.send("two"))
    assert script.asked() == [
        ("system", "Be short."),
        ("user", "one"),
        ("assistant", "Hello there"),
        ("user", "two"),
    ]
    assert script.requests[-1].session == conversation.id == history.find("last").id


async def test_a_conversation_goes_on_in_another_process(history: History, path: Path) -> None:
    await every(talk(Script(), history, system="Be short.").send("one"))
    script, again = Script(name="other"), History(path)
    resumed = Conversation(script, again, model="x").resume(again.find("last"))
    await every(resumed.send("two"))
    assert script.asked()[0] == ("system", "Be short.")
    assert texts(history) == ["one", "Hello there", "two", "Hello there"]
    assert history.find("last").provider == "other"


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_one_that_another_llmchat_deleted_comes_back_with_the_next_question(
    history: History, path: Path
) -> None:
    conversation = talk(Script(), history)
    await every(conversation.send("one"))
    History(path).delete("last")
    told = notices(await every(conversation.send("two")))
    assert told == ["the conversation was in the trash; this question brought it back"]
    assert notices(await every(conversation.send("three"))) == []
    assert texts(history) == [t for q in ("one", "two", "three") for t in (q, "Hello there")]


async def test_one_that_is_deleted_while_it_is_answered_is_in_the_trash_whole(
    history: History, path: Path
) -> None:
    conversation = talk(Script(), history)
    events = conversation.send("one")
    assert isinstance(await anext(events), Delta)
    History(path).delete("last")
    (told,) = notices(await every(events))
    restore = f"llmchat history restore {conversation.id}"
    assert told == f"the conversation is in the trash now; to restore it: {restore}"
    history.restore("last")
    assert texts(history) == ["one", "Hello there"]


async def test_one_that_was_purged_starts_again_and_its_words_still_go_along(
    history: History, path: Path
) -> None:
    """What was purged is not written again, and other conversations have its numbers now."""
    script = Script()
    conversation = talk(script, history)
    await every(conversation.send("one"))
    other = History(path)
    other.delete("last")
    other.purge("last")
    await every(talk(Script(), other).send("another"))
    told = notices(await every(conversation.send("two")))
    assert told == ["the conversation is no longer in the history; this question starts a new one"]
    assert [text for _, text in script.asked()] == ["one", "Hello there", "two"]
    assert [entry.number is None for entry in conversation.branch] == [True, True, False, False]
    conversation.compact("what was said", keeps=0)
    assert notices(await every(conversation.send("three"))) == []
    own, others = history.find(conversation.id), history.find("another")
    assert [m.text for m in history.branch(own)][-2:] == ["three", "Hello there"]
    assert [m.text for m in history.branch(others)] == ["another", "Hello there"]


async def test_one_that_was_purged_can_be_summarized(history: History, path: Path) -> None:
    conversation = talk(Script(), history)
    await every(conversation.send("one"))
    other = History(path)
    other.delete("last")
    other.purge("last")
    await every(talk(Script(), other).send("another"))
    conversation.compact("what was said", keeps=0)
    assert texts(history) == ["another", "Hello there"]
    assert [entry.message.text for entry in conversation.sent] == ["what was said"]


async def test_without_history_nothing_is_kept_and_the_conversation_still_goes_on() -> None:
    script = Script()
    conversation = talk(script, None)
    await every(conversation.send("one"))
    await every(conversation.retry())
    await every(conversation.send("two"))
    assert [text for _, text in script.asked()] == ["one", "Hello there", "two"]
    assert [s.number for s in conversation.branch] == [None] * 4
    assert conversation.undo() == "two"
    with pytest.raises(UsageError):
        conversation.redo()


async def test_the_turn_says_how_it_went(history: History) -> None:
    setback = Fallback(Attempt("gigachat", "timeout", 7), "yqcloud", "gigachat failed")
    conversation = talk(
        Script(setback, Delta("x"), Usage(1, 2, 3), Finish("length", "m-9")), history
    )
    await every(conversation.send("hi"))
    turn = conversation.turn
    assert turn is not None
    assert (turn.state, turn.finish_reason, turn.provider) == ("complete", "length", "yqcloud")
    answer = history.branch(history.find("last"))[-1]
    assert (answer.requested_provider, answer.provider, answer.model) == ("demo", "yqcloud", "m-9")
    assert (answer.requested_model, answer.total_tokens) == ("m", 3)
    assert '"gigachat", "outcome": "timeout", "ms": 7' in answer.attempts


async def test_retry_and_edit_open_branches_and_overwrite_nothing(history: History) -> None:
    script = Script()
    conversation = talk(script, history)
    await every(conversation.send("one"))
    script.events = (Delta("second try"), Finish("stop", "m"))
    await every(conversation.retry())
    assert texts(history) == ["one", "second try"]
    await every(conversation.edit("uno"))
    assert script.asked() == [("user", "uno")]
    assert texts(history) == ["uno", "second try"]
    row = history.find("last")
    assert [m.text for m in history.messages(row)] == [
        "one",
        "Hello there",
        "second try",
        "uno",
        "second try",
    ]
    assert row.messages == 5


async def test_a_cut_answer_is_kept_marked_and_continued(history: History) -> None:
    script = Script(Delta("The begin"), IncompleteAnswer("cut"))
    conversation = talk(script, history)
    with pytest.raises(IncompleteAnswer):
        await every(conversation.send("tell me"))
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.text) == ("incomplete", "The begin")
    script.events = (Delta("ning"), Finish("stop", "m"))
    await every(conversation.continue_())
    assert script.asked() == [("user", "tell me"), ("assistant", "The begin"), ("user", GO_ON)]
    assert texts(history)[-1] == "ning"


async def test_a_question_without_answer_is_asked_again_by_continue(history: History) -> None:
    script = Script(Unavailable("down"))
    conversation = talk(script, history)
    with pytest.raises(Unavailable):
        await every(conversation.send("tell me"))
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.error_kind, answer.error, answer.text) == (
        "error",
        "unavailable",
        "down",
        "",
    )
    script.events = WHOLE
    await every(conversation.continue_())
    assert script.asked() == [("user", "tell me")]
    assert texts(history) == ["tell me", "Hello there"]


async def test_questions_without_answer_become_one_so_that_roles_alternate(
    history: History,
) -> None:
    script = Script(Unavailable("down"))
    conversation = talk(script, history)
    with pytest.raises(Unavailable):
        await every(conversation.send("a long text"))
    script.events = WHOLE
    await every(conversation.send("try again"))
    assert script.asked() == [("user", "a long text\n\ntry again")]


async def test_closing_the_stream_keeps_what_came(history: History) -> None:
    script = Script(Delta("one "), Delta("two "), Finish("stop", "m"))
    conversation = talk(script, history)
    async with aclosing(conversation.send("count")) as events:
        async for event in events:
            if event == Delta("one "):
                break
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.finish_reason, answer.text) == (
        "interrupted",
        "interrupted",
        "one ",
    )
    assert script.closed == 1
    assert [(s.state, s.message.text) for s in conversation.branch][-1] == ("interrupted", "one ")


async def test_cancelling_keeps_what_came(history: History) -> None:
    shown = asyncio.Event()

    class Stalls(Script):
        async def stream(self, request: Request) -> Events:
            yield Delta("one ")
            shown.set()
            await asyncio.sleep(60)

    conversation = talk(Stalls(), history)
    task = asyncio.create_task(every(conversation.send("count")))
    await shown.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.text) == ("interrupted", "one ")


async def test_a_filtered_end_is_an_answer(history: History) -> None:
    await every(talk(Script(Delta("I may not"), Finish("filter", "m")), history).send("hi"))
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.finish_reason, answer.text) == ("complete", "filter", "I may not")


async def test_a_stream_without_its_finish_is_incomplete(history: History) -> None:
    with pytest.raises(IncompleteAnswer):
        await every(talk(Script(Delta("text")), history).send("hi"))
    assert history.branch(history.find("last"))[-1].state == "incomplete"


async def test_a_fault_of_ours_keeps_the_text_too(history: History) -> None:
    with pytest.raises(ZeroDivisionError):
        await every(talk(Script(Delta("text"), ZeroDivisionError("oops")), history).send("hi"))
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.error_kind, answer.text) == ("error", "internal", "text")


async def test_a_history_that_cannot_be_written_is_one_warning_before_the_end(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("in the way")
    conversation = talk(Script(), History(tmp_path / "file" / "history.db"))
    events = await every(conversation.send("hi"))
    notices = [e for e in events if isinstance(e, Alert)]
    assert len(notices) == 1
    assert notices[0].text.startswith("this turn was not saved: ")
    assert isinstance(events[-1], Finish)
    assert await every(conversation.send("again")) == list(WHOLE)
    assert len(conversation.branch) == 4


async def test_a_stopped_turn_leaves_its_warning_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    conversation = talk(Script(), History(tmp_path / "file" / "history.db"))
    async with aclosing(conversation.send("hi")) as events:
        async for _ in events:
            break
    assert "not saved" in conversation.warning


async def test_a_question_that_was_not_kept_is_kept_with_its_retry(path: Path) -> None:
    broken = [True]

    def unwell(where: str, tell: Tell) -> Database:
        if broken[0]:
            raise sqlite3.OperationalError("disk I/O error")
        return Database.open(where)

    history = History(str(path), clock=lambda: 1.0, connect=unwell)
    conversation = talk(Script(), history)
    await every(conversation.send("one"))
    broken[0] = False
    await every(conversation.retry())
    assert texts(history) == ["one", "Hello there"]


async def test_undo_redo_and_fork_follow_the_tree(history: History) -> None:
    script = Script()
    conversation = talk(script, history)
    await every(conversation.send("one"))
    await every(conversation.send("two"))
    assert conversation.undo() == "two"
    await every(conversation.send("other two"))
    assert texts(history) == ["one", "Hello there", "other two", "Hello there"]
    conversation.undo()
    conversation.redo()
    assert len(conversation.branch) == 4
    origin = conversation.id
    fork = conversation.fork()
    await every(conversation.send("three"))
    assert fork == conversation.id != origin
    assert history.find(origin).messages == 6
    assert len(history.branch(history.find(fork))) == 6


async def test_an_empty_question_is_refused(history: History) -> None:
    conversation = talk(Script(), history)
    for wrong in (conversation.send, conversation.edit):
        with pytest.raises(EmptyPrompt):
            wrong("  \n")
    with pytest.raises(UsageError):
        conversation.retry()
    with pytest.raises(NothingFound):
        history.find("last")


async def test_attachments_are_kept_as_references_and_read_again(
    history: History, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"picture")
    script = Script()
    attachment = Attachment("cat.png", "image/png", b"picture", str(picture))
    await every(talk(script, history).send("what is it?", attachments=[attachment]))
    resumed = Conversation(script, history).resume(history.find("last"))
    await every(resumed.send("and its colour?"))
    assert script.requests[-1].messages[0].attachments == (attachment,)
    picture.write_bytes(b"changed")
    changed = Conversation(script, history).resume(history.find("last"))
    assert changed.branch[0].message.attachments == ()
    again = [await every(changed.send(text)) for text in ("and now?", "and then?")]
    told = [[event.text for event in events if isinstance(event, Notice)] for events in again]
    assert told == [[f"{picture} has changed or is gone; it is not sent again"], []]


async def test_a_file_whose_name_is_not_utf8_does_not_keep_a_turn_from_being_saved(
    history: History,
) -> None:
    odd = Attachment("\udcff.png", "image/png", b"picture", "/nowhere/\udcff.png")
    conversation = talk(Script(), history)
    await every(conversation.send("what is it?", attachments=[odd]))
    assert (texts(history), conversation.warning) == (["what is it?", "Hello there"], "")


async def test_provider_and_model_change_in_the_middle(history: History) -> None:
    first, second = Script(), Script(name="other")
    conversation = talk(first, history)
    await every(conversation.send("one"))
    conversation.provider, conversation.model = second, "m2"
    await every(conversation.send("two"))
    assert [text for _, text in second.asked()] == ["one", "Hello there", "two"]
    answers = [m for m in history.branch(history.find("last")) if m.role == "assistant"]
    assert [(a.provider, a.requested_model) for a in answers] == [("demo", "m"), ("other", "m2")]


class Named(Script):
    """A provider that knows which model it asked for."""

    asked_model = "m-default"


async def test_a_cut_answer_keeps_the_model_that_was_asked_for(history: History) -> None:
    """A service names its model at the end, which a cut answer never reaches."""
    conversation = talk(Named(Delta("half"), IncompleteAnswer("cut")), history)
    with pytest.raises(IncompleteAnswer):
        await every(conversation.send("q"))
    assert conversation.turn
    assert conversation.turn.model == "m-default"
    assert history.branch(history.find("last"))[-1].model == "m-default"


async def test_a_correction_is_sent_and_not_kept(history: History) -> None:
    script = Script(Delta("first"), Finish("stop", "m"))
    conversation = talk(script, history)
    await every(conversation.send("question"))
    script.events = (Delta("second"), Finish("stop", "m"))
    await every(conversation.correct("better", answer="firs"))
    assert script.asked() == [("user", "question"), ("assistant", "firs"), ("user", "better")]
    row = history.find(conversation.id)
    assert [m.text for m in history.branch(row)] == ["question", "second"]
    assert [m.text for m in history.messages(row)] == ["question", "first", "second"]
    assert [entry.message.text for entry in conversation.branch] == ["question", "second"]


async def test_data_stay_with_their_answer_in_a_fork(history: History) -> None:
    conversation = talk(Script(), history)
    await every(conversation.send("question"))
    number = conversation.branch[-1].number
    assert number is not None
    history.keep_data(number, '{"a":1}', "T")
    copy = history.fork(history.find(conversation.id))
    assert [(m.data, m.schema) for m in history.branch(copy)] == [("", ""), ('{"a":1}', "T")]
    assert {row.id for row in history.recent(schema="T")} == {conversation.id, copy.id}
    assert history.recent(schema="t") == []
