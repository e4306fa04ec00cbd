"""A turn on its way to the disk, with disks that are slow, full, read-only, gone or broken."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llmchat.errors import MissingAuthError
from llmchat.store.database.database import Database
from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.writing.journal import Journal
from llmchat.store.history.writing.turns import Opening, begin
from llmchat.store.lock import Tell
from llmchat.values.events import Delta, Finish
from llmchat.values.turn import Turn

Keep = Callable[..., str]


def opening(question: str = "a question") -> Opening:
    return Opening(new_id(), question, provider="demo", model="demo-1")


def whole_turn(text: str = "an answer") -> Turn:
    turn = Turn("demo", "demo-1", time.monotonic)
    turn.take(Delta(text))
    turn.take(Finish("stop", "demo-1"))
    return turn


async def written(journal: Journal, count: Callable[[], int], expected: int) -> None:
    """Wait until the file holds what is expected; the test's own time-out is the limit."""
    for _ in range(6000):
        if count() == expected:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count()} instead of {expected}, {journal.trouble}")


def characters(path: Path) -> int:
    """The characters of the streaming answer that another process finds."""
    other = sqlite3.connect(path)
    try:
        return int(other.execute("SELECT coalesce(sum(length(text)), 0) FROM piece").fetchone()[0])
    finally:
        other.close()


async def test_question_and_answer_are_there_before_the_request_leaves(path: Path) -> None:
    journal = Journal(str(path), opening(), clock=time.time)
    journal.start()
    await journal.begun()
    history = History(path)
    question, answer = history.branch(history.find("last"))
    assert (question.text, answer.state, answer.text) == ("a question", "streaming", "")
    assert (journal.question, journal.answer) == (question.id, answer.id)
    await journal.settle(whole_turn())
    assert journal.trouble is None


async def test_another_process_sees_the_answer_grow(path: Path) -> None:
    journal = Journal(str(path), opening(), clock=time.time)
    journal.start()
    await journal.begun()
    journal.append("first ")
    await written(journal, lambda: characters(path), 6)
    journal.append("second")
    await written(journal, lambda: characters(path), 12)
    history = History(path)
    assert history.branch(history.find("last"))[-1].text == "first second"
    await journal.settle(whole_turn("first second"))
    assert characters(path) == 0


async def test_the_end_replaces_the_pieces_and_is_found(path: Path) -> None:
    journal = Journal(str(path), opening("weather?"), clock=time.time)
    journal.start()
    journal.append("sun")
    journal.finish(whole_turn("sunshine"))
    history = History(path)
    assert [m.text for m in history.branch(history.find("last"))] == ["weather?", "sunshine"]
    assert [h.role for h in history.search("sunshine")] == ["assistant"]
    assert [h.role for h in history.search("weather")] == ["user"]


async def test_a_folder_that_cannot_be_made_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(str(tmp_path / "file" / "history.db"), opening(), clock=time.time)
    journal.start()
    await journal.begun()
    journal.append("text")
    await journal.settle(whole_turn())
    assert journal.trouble is not None
    assert journal.trouble.exit_code == 3
    assert journal.question is None


def full(path: str, tell: Tell) -> Database:
    """A file that may not grow: SQLite reports a full disk."""
    database = Database.open(str(path))
    pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
    database.connection.execute(f"PRAGMA max_page_count = {pages}")
    return database


async def test_a_full_disk_is_a_warning_in_plain_words(path: Path) -> None:
    journal = Journal(str(path), opening("long " * 10_000), clock=time.time, connect=full)
    journal.start()
    await journal.begun()
    await journal.settle(whole_turn())
    assert "is full" in str(journal.trouble)
    assert History(path).recent() == []


async def test_a_disk_that_fills_up_in_the_middle_ends_in_a_warning(path: Path) -> None:
    """The first commit fits, the last one does not; and the next turn finds no room at all."""
    opened: list[Database] = []

    def nearly_full(where: str, tell: Tell) -> Database:
        opened.append(full(where, tell))
        return opened[-1]

    for question in ("a short one", "long " * 10_000):
        journal = Journal(str(path), opening(question), clock=time.time, connect=nearly_full)
        journal.start()
        await journal.begun()
        journal.append("text")
        await journal.settle(whole_turn("answer " * 50_000))
        assert "is full" in str(journal.trouble)
    history = History(path)
    assert [row.title for row in history.recent()] == ["a short one"]


async def test_a_conversation_purged_while_it_streams_is_kept_by_its_end(path: Path) -> None:
    journal = Journal(str(path), opening("still talking"), clock=time.time)
    journal.start()
    await journal.begun()
    history = History(path)
    history.delete("last")
    history.purge("last")
    await journal.settle(whole_turn("the end"))
    assert journal.trouble is None
    assert [m.text for m in history.branch(history.find("last"))] == ["still talking", "the end"]


async def test_another_answer_with_the_number_of_a_purged_one_is_not_written_over(
    path: Path,
) -> None:
    first = Journal(str(path), opening("still talking"), clock=time.time)
    first.start()
    await first.begun()
    history = History(path)
    history.delete("last")
    history.purge("last")
    second = Journal(str(path), opening("another"), clock=time.time)
    second.start()
    await second.begun()
    assert (second.question, second.answer) == (first.question, first.answer)
    await first.settle(whole_turn("the end"))
    await second.settle(whole_turn("its answer"))
    assert (first.found, second.found) == ("gone", "kept")
    for question, answer in (("still talking", "the end"), ("another", "its answer")):
        found = history.branch(history.find(question))
        assert [m.text for m in found] == [question, answer]


async def test_a_disk_that_has_room_again_gets_the_whole_turn(path: Path) -> None:
    opened: list[str] = []

    def full_at_first(where: str, tell: Tell) -> Database:
        opened.append(where)
        if len(opened) == 1:
            raise OSError(28, "No space left on device")
        return Database.open(where)

    journal = Journal(str(path), opening(), clock=time.time, connect=full_at_first)
    journal.start()
    await journal.begun()
    assert "is full" in str(journal.trouble)
    await journal.settle(whole_turn())
    assert journal.trouble is None
    assert History(path).find("last").messages == 2


async def test_a_disk_that_hangs_holds_up_nothing(path: Path) -> None:
    hang = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hanging(where: str, tell: Tell) -> Database:
        asyncio.run_coroutine_threadsafe(hang.wait(), loop).result()
        return Database.open(where)

    journal = Journal(str(path), opening(), clock=time.time, connect=hanging)
    journal.start()
    await journal.begun(patience=0.01)
    journal.append("text")
    await journal.settle(whole_turn(), patience=0.01)
    assert journal.trouble is not None
    hang.set()
    await asyncio.sleep(0.05)


async def test_another_process_that_writes_for_long_is_waited_for(path: Path, keep: Keep) -> None:
    keep("makes the file")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    journal = Journal(str(path), opening("a second"), clock=time.time)
    journal.start()
    await journal.begun(patience=0.05)
    journal.append("text")
    other.execute("COMMIT")
    await journal.settle(whole_turn())
    assert journal.trouble is None
    assert History(path).find("last").title == "a second"
    other.close()


async def test_a_file_deleted_in_the_middle_is_made_again_with_the_turn(
    path: Path, keep: Keep
) -> None:
    keep("an old conversation")
    journal = Journal(str(path), opening("the one that goes on"), clock=time.time)
    journal.start()
    await journal.begun()
    journal.append("first ")
    await written(journal, lambda: characters(path), 6)
    for file in path.parent.iterdir():
        file.unlink()
    journal.append("second")
    await written(journal, lambda: characters(path) if path.exists() else 0, 12)
    await journal.settle(whole_turn("first second"))
    history = History(path)
    assert [m.text for m in history.branch(history.find("last"))] == [
        "the one that goes on",
        "first second",
    ]
    assert len(history.recent()) == 1


def break_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)


async def test_a_damaged_file_is_set_aside_and_the_turn_kept(path: Path) -> None:
    break_file(path)
    journal = Journal(str(path), opening(), clock=time.time)
    journal.start()
    await journal.begun()
    await journal.settle(whole_turn())
    assert journal.trouble is None
    (aside,) = path.parent.glob("history.damaged-*.db")
    assert str(aside) in journal.news
    assert aside.read_bytes().startswith(b"this is no database")
    assert History(path).find("last").messages == 2


async def test_a_damaged_file_that_cannot_be_moved_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    def broken(where: str, tell: Tell) -> Database:
        error = sqlite3.DatabaseError("file is not a database")
        error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
        raise error

    place = str(tmp_path / "file" / "history.db")
    journal = Journal(place, opening(), clock=time.time, connect=broken)
    journal.start()
    await journal.begun()
    await journal.settle(whole_turn())
    assert "is damaged" in str(journal.trouble)


async def test_broken_characters_do_not_stop_a_turn(path: Path) -> None:
    journal = Journal(str(path), opening("half \ud83d"), clock=time.time)
    journal.start()
    await journal.begun()
    journal.append("\ud83d")
    journal.append("\ude00 zero \x00 byte")
    await journal.settle(whole_turn("\ud83d\ude00 zero \x00 byte"))
    assert journal.trouble is None
    history = History(path)
    question, answer = history.branch(history.find("last"))
    assert (question.text, answer.text) == ("half \ufffd", "😀 zero \x00 byte")


async def test_a_turn_that_was_taken_for_dead_ends_as_it_ended(path: Path) -> None:
    """A process in another container does not see ours, and marks the answer as ended."""
    journal = Journal(str(path), opening(), clock=time.time)
    journal.start()
    await journal.begun()
    journal.append("zebra ")
    await written(journal, lambda: characters(path), 6)
    other = History(path)
    other.store(lambda c: c.execute("UPDATE message SET process = 99999999, process_start = 'x'"))
    other.close()
    assert other.branch(other.find("last"))[-1].state == "interrupted"
    assert len(other.search("zebra")) == 1
    await journal.settle(whole_turn("horse"))
    answer = other.branch(other.find("last"))[-1]
    assert (answer.state, answer.text) == ("complete", "horse")
    assert (len(other.search("zebra")), len(other.search("horse"))) == (0, 1)


@pytest.mark.parametrize("left", ["", "text that reached the disk"])
def test_answers_of_dead_processes_are_marked_at_the_next_start(
    path: Path, keep: Keep, left: str
) -> None:
    keep("a question")
    history = History(path)
    history.store(
        lambda c: c.execute(
            """UPDATE message SET state = 'streaming', process = 99999999, indexed = 0, text = ''
                WHERE role = 'assistant'"""
        )
    )
    history.store(lambda c: c.execute("INSERT INTO piece (message, text) VALUES (2, ?)", (left,)))
    history.close()
    answer = history.branch(history.find("last"))[-1]
    assert (answer.state, answer.finish_reason, answer.text) == ("interrupted", "interrupted", left)


async def refused_after(path: Path, meanwhile: Callable[[Journal], None]) -> History:
    """A turn whose question reached no service, with something that happens before it ends."""
    first = opening("first")
    whole = Journal(str(path), first, clock=time.time)
    whole.start()
    await whole.settle(whole_turn())
    again = Opening(first.conversation, "second", parent=whole.answer, provider="x", model="y")
    journal = Journal(str(path), again, clock=time.time)
    journal.start()
    await journal.begun()
    meanwhile(journal)
    turn = Turn("x", "y", time.monotonic)
    turn.fail(MissingAuthError("nobody is signed in"))
    await journal.settle(turn)
    return History(path)


async def test_a_question_that_reached_nobody_leaves_the_conversation_as_it_was(path: Path) -> None:
    history = await refused_after(path, lambda journal: None)
    row = history.find("last")
    assert [m.text for m in history.branch(row)] == ["first", "an answer"]
    assert (row.provider, row.model, row.messages) == ("demo", "demo-1", 2)


async def test_it_stays_where_somebody_went_on_from_it(path: Path) -> None:
    """Another terminal continued the same conversation: its words keep their place."""

    def elsewhere(journal: Journal) -> None:
        database = Database.open(str(path))
        row = History(path).find("last")
        with database.writing() as connection:
            begin(connection, Opening(row.id, "third", parent=journal.answer), now=time.time())
        database.close()

    history = await refused_after(path, elsewhere)
    texts = [m.text for m in history.branch(history.find("last"))]
    assert texts == ["first", "an answer", "second", "", "third", ""]
