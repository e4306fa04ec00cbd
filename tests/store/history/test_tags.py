"""Tags: given, taken away, listed by, and carried along wherever a conversation goes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from llmchat.errors import UsageError
from llmchat.store.database.database import fill
from llmchat.store.database.schema import STEPS
from llmchat.store.history.history import History
from llmchat.store.history.repair.salvage import recover
from llmchat.store.transfer.export import export
from llmchat.store.transfer.importing import import_file

Keep = Callable[..., str]


def test_tags_are_added_in_order_once_and_removed(history: History, keep: Keep) -> None:
    talk = keep("a question")
    assert history.find(talk).tag_list == []
    assert history.tag(talk, add=["#Work,", "пчёлы", "work"]).tag_list == ["work", "пчёлы"]
    assert history.tag(talk, add=["new"], remove=["work", "never-there"]).tag_list == [
        "пчёлы",
        "new",
    ]
    assert history.tag(talk, remove=["пчёлы", "new"]).tags is None


def test_a_tag_is_the_same_however_its_accent_is_encoded(history: History, keep: Keep) -> None:
    talk = keep("a question")
    assert history.tag(talk, add=["caf\u00e9", "cafe\u0301"]).tag_list == ["caf\u00e9"]
    assert [row.id for row in history.recent(tag="CAFE\u0301")] == [talk]


def test_a_list_by_tag_has_whole_words_only(history: History, keep: Keep) -> None:
    first, second = keep("first"), keep("second")
    history.tag(first, add=["work"])
    history.tag(second, add=["workshop"])
    assert [row.id for row in history.recent(tag="work")] == [first]
    assert [row.id for row in history.recent(tag="#WORKSHOP")] == [second]
    assert history.recent(tag="shop") == []
    history.tag(second, add=["work"])
    assert history.tags() == ["work", "workshop"]


@pytest.mark.parametrize("tag", ["", "two words", "-x", "a\x1b[31m", "x" * 41])
def test_what_is_not_one_plain_word_is_refused(history: History, keep: Keep, tag: str) -> None:
    talk = keep("a question")
    with pytest.raises(UsageError, match="is not a tag"):
        history.tag(talk, add=[tag])


def test_a_fork_has_the_tags(history: History, keep: Keep) -> None:
    row = history.tag(keep("a question"), add=["work"])
    assert history.fork(row).tag_list == ["work"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_an_export_brings_them_back(
    history: History, keep: Keep, tmp_path: Path, form: str
) -> None:
    row = history.tag(keep("a question"), add=["work", "b"])
    file = tmp_path / f"all.{form}"
    file.write_text("".join(export(history, [row], form=form)))  # type: ignore[arg-type]
    other = History(tmp_path / "other" / "history.db")
    import_file(other, file)
    assert other.find(row.id).tag_list == ["work", "b"]
    other.close()


def test_people_read_them_in_an_export(history: History, keep: Keep) -> None:
    row = history.tag(keep("a question"), add=["work"])
    assert ", #work\n" in "".join(export(history, [row], form="markdown"))
    assert ", #work</p>" in "".join(export(history, [row], form="html"))


def test_a_hostile_export_brings_no_odd_tags(history: History, keep: Keep, tmp_path: Path) -> None:
    row = history.tag(keep("a question"), add=["work"])
    [line] = export(history, [row], form="jsonl")
    tags = ["fine", "\x1b]0;x\x07", "two words", "y" * 999, {"a": 1}, *map(str, range(99))]
    file = tmp_path / "all.jsonl"
    file.write_text(json.dumps({**json.loads(line), "tags": tags}))
    other = History(tmp_path / "other" / "history.db")
    import_file(other, file)
    found = other.find(row.id).tag_list
    assert found[:2] == ["fine", "0"]
    assert len(found) == 50
    other.close()


def test_a_damaged_file_loses_no_tags(history: History, keep: Keep) -> None:
    talk = keep("a question")
    history.tag(talk, add=["work"])
    with sqlite3.connect(history.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    history.close()
    path = Path(history.path)
    content = bytearray(path.read_bytes())
    content[:4096] = b"\xff" * 4096
    path.write_bytes(content)
    assert recover(str(path))
    assert history.find(talk).tag_list == ["work"]


def test_an_older_file_gets_the_column(tmp_path: Path) -> None:
    path = tmp_path / "old" / "history.db"
    path.parent.mkdir()
    fill(str(path), STEPS[:-1])
    old = History(path)
    assert old.recent(tag="work") == []
    old.close()
