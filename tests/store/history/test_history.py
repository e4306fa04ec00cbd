"""Listing, finding, renaming, the trash, the tree."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmchat.errors import NothingFound, UsageError
from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id, title_of

Keep = Callable[..., str]


def test_before_the_first_conversation_nothing_is_there_and_no_file_is_made(
    history: History, path: Path
) -> None:
    assert history.recent() == []
    assert history.search("word") == []
    assert history.stats().conversations == 0
    assert not path.exists()
    with pytest.raises(NothingFound) as caught:
        history.find("last")
    assert caught.value.exit_code == 11


def test_files_are_private_also_those_sqlite_makes(
    history: History, keep: Keep, path: Path
) -> None:
    keep("a question")
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"history.db", "history.db-wal", "history.db-shm"} <= set(modes)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_made_private(
    path: Path, history: History, keep: Keep
) -> None:
    keep("a question")
    history.close()
    path.chmod(0o644)
    assert len(History(path).recent()) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_newest_conversation_comes_first_and_is_last(history: History, keep: Keep) -> None:
    first, second = keep("the first one"), keep("the second one")
    assert [row.id for row in history.recent()] == [second, first]
    assert history.find("last").id == second
    assert [row.id for row in history.recent(limit=1, offset=1)] == [first]


def test_a_conversation_keeps_its_provenance(history: History, keep: Keep) -> None:
    keep("what?", "that", provider="gigachat", model="GigaChat-2")
    row = history.find("last")
    question, answer = history.branch(row)
    assert (row.title, row.provider, row.model, row.messages) == (
        "what?",
        "gigachat",
        "GigaChat-2",
        2,
    )
    assert (question.role, question.text, answer.parent) == ("user", "what?", question.id)
    assert (answer.state, answer.finish_reason, answer.total_tokens) == ("complete", "stop", 7)
    assert (answer.provider, answer.model, answer.request_id) == (
        "gigachat",
        "GigaChat-2",
        "request-1",
    )
    assert '"outcome": "ok"' in answer.attempts


def test_a_beginning_of_an_id_is_enough_when_it_is_unique(history: History, keep: Keep) -> None:
    for conversation in ("abc1111111", "abd2222222", "abd2333333"):
        keep("a question", conversation=conversation)
    assert history.find("abc").id == "abc1111111"
    assert history.find("ABD23").id == "abd2333333"
    with pytest.raises(UsageError, match=r"matches several conversations: .*abd2") as caught:
        history.find("abd2")
    assert caught.value.exit_code == 2


def test_words_of_a_title_name_a_conversation_in_any_case(history: History, keep: Keep) -> None:
    keep("Как испечь Ёлочный пирог")
    keep("How do I sort a list")
    assert history.find("елочный").title == "Как испечь Ёлочный пирог"
    assert history.find("SORT A").title == "How do I sort a list"


def test_a_mistyped_title_gets_the_nearest_names(history: History, keep: Keep) -> None:
    keep("sorting lists")
    keep("baking bread")
    with pytest.raises(NothingFound) as caught:
        history.find("sorting list in python")
    assert "sorting lists" in caught.value.hint


def test_renaming_changes_what_it_is_found_by(history: History, keep: Keep) -> None:
    keep("a question")
    row = history.rename("last", "  The new\nname ")
    assert row.title == "The new name"
    assert history.find("new name").id == row.id
    with pytest.raises(UsageError):
        history.rename("last", " \n")


def test_one_in_the_trash_is_said_to_be_there(history: History, keep: Keep) -> None:
    gone = keep("hello", "hi")
    history.delete(gone)
    with pytest.raises(NothingFound) as caught:
        history.find(gone)
    assert caught.value.message == f"{gone} is in the trash"
    assert caught.value.hint == f"llmchat history restore {gone}"


def test_the_trash_gives_back_what_was_deleted(history: History, keep: Keep) -> None:
    gone, stays = keep("goodbye word"), keep("hello word")
    history.delete(gone)
    assert [row.id for row in history.recent()] == [stays]
    assert [row.id for row in history.recent(trash=True)] == [gone]
    assert {hit.conversation for hit in history.search("word")} == {stays}
    with pytest.raises(NothingFound):
        history.find(gone)
    history.restore(gone)
    assert {hit.conversation for hit in history.search("word")} == {stays, gone}


def test_purging_leaves_no_trace(history: History, keep: Keep, path: Path) -> None:
    doomed, stays = keep("a zebra question", "a zebra answer"), keep("a horse question")
    with pytest.raises(NothingFound):
        history.purge(doomed)
    history.delete(doomed)
    history.purge(doomed)
    assert history.search("zebra") == []
    assert [row.id for row in history.recent()] == [stays]
    files = [f for f in path.parent.iterdir() if f.name.startswith("history.db")]
    assert all(b"zebra" not in f.read_bytes() for f in files)


def test_only_old_trash_is_purged_when_an_age_is_given(history: History, keep: Keep) -> None:
    for _ in range(2):
        history.delete(keep("a question"))
    assert history.purge_trash(older_than=3600) == []
    assert len(history.purge_trash()) == 2
    assert history.recent(trash=True) == []


def test_undo_and_redo_walk_along_the_branch(history: History, keep: Keep) -> None:
    conversation = keep("one", "1")
    leaf = history.find(conversation).leaf
    keep("two", "2", conversation=conversation, parent=leaf)
    row = history.undo(history.find("last"))
    assert [m.text for m in history.branch(row)] == ["one", "1"]
    row = history.undo(row)
    assert history.branch(row) == []
    with pytest.raises(NothingFound):
        history.undo(row)
    row = history.redo(history.redo(row))
    assert [m.text for m in history.branch(row)] == ["one", "1", "two", "2"]
    with pytest.raises(NothingFound):
        history.redo(row)
    assert len(history.messages(row)) == 4


def test_another_branch_can_be_made_active(history: History, keep: Keep) -> None:
    conversation = keep("first try", "one")
    keep("second try", "two", conversation=conversation)
    old, new = (m for m in history.messages(history.find("last")) if m.role == "user")
    assert (old.text, new.text, old.parent) == ("first try", "second try", new.parent)
    row = history.set_leaf(old.id)
    assert [m.text for m in history.branch(row)] == ["first try", "one"]


@pytest.mark.parametrize("parent", ["id", "CASE id WHEN 1 THEN 2 ELSE 1 END"])
def test_messages_in_a_circle_end(history: History, keep: Keep, path: Path, parent: str) -> None:
    """A flipped bit is enough for one."""
    row = history.find(keep("one", "two"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE message SET parent = {parent}")
    assert history.branch(row)[-1].text == "two"
    assert history.set_leaf(row.leaf or 0).leaf == row.leaf
    with pytest.raises(NothingFound):
        history.redo(row)


def test_a_fork_lives_on_without_its_origin(history: History, keep: Keep) -> None:
    origin = keep("shared question", "shared answer")
    fork = history.fork(history.find(origin))
    assert fork.forked_from == origin
    history.delete(origin)
    history.purge(origin)
    assert [m.text for m in history.branch(history.find(fork.id))] == [
        "shared question",
        "shared answer",
    ]
    assert {hit.conversation for hit in history.search("shared")} == {fork.id}


def test_stats_count_what_was_said(history: History, keep: Keep) -> None:
    keep("one", provider="demo", model="a")
    keep("two", provider="demo", model="b")
    history.delete(keep("three", provider="demo", model="b"))
    stats = history.stats()
    assert (stats.conversations, stats.trash, stats.questions, stats.answers) == (2, 1, 3, 3)
    assert (stats.tokens, stats.unfinished) == (21, 0)
    assert [(m.model, m.answers) for m in stats.models] == [("b", 2), ("a", 1)]
    assert stats.size > 4096


def test_a_replaced_file_is_noticed(
    history: History, keep: Keep, path: Path, tmp_path: Path
) -> None:
    keep("in the old file")
    other = History(tmp_path / "other.db")
    other.store(lambda c: c.execute("PRAGMA user_version").fetchone())
    other.close()
    (tmp_path / "other.db").replace(path)
    for side in ("-wal", "-shm"):
        Path(f"{path}{side}").unlink(missing_ok=True)
    assert history.recent() == []
    keep("in the new file")
    assert [row.title for row in History(path).recent()] == ["in the new file"]


def test_ids_are_short_and_easy_to_type() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all((len(i) == 10 and i.isalnum() and i.islower()) or i.isdigit() for i in ids)
    assert not set("ilou") & set("".join(ids))


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Short one", "Short one"),
        ("two\n\n  lines", "two lines"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 100, "x" * 59 + "…"),
        ("", ""),
        ("notes.md:\n```md\n# Notes\n```", "notes.md: ```md # Notes ```"),
        ("Sum up\n\na.md:\n```md\n# A\n```\n\nb.py:\n````py\n```\nx\n````", "Sum up"),
        ("Why does this fail:\n```py\n1/0\n", "Why does this fail:"),
        ("Explain this:\n```py\n1/0\n```\nthanks", "Explain this: thanks"),
        ("Mind this:\n\n```\nx\n```\nwhat is it?", "Mind this: what is it?"),
    ],
)
def test_a_title_is_the_first_words_in_one_line(question: str, title: str) -> None:
    assert title_of(question) == title
