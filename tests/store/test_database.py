"""The file itself: versions, other programs' files, damage, leftovers."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import sys
from collections.abc import Callable
from errno import ENOTDIR, EROFS
from pathlib import Path
from time import process_time

import pytest

from llmchat.errors import StorageError
from llmchat.store.database import database
from llmchat.store.database.database import Database, fault, storage_error
from llmchat.store.database.process import alive, myself
from llmchat.store.database.schema import STEPS, Steps
from llmchat.store.history.history import History
from llmchat.store.history.repair import salvage
from llmchat.store.transfer.spool import Spool

Keep = Callable[..., str]
NEWER: Steps = (*STEPS, ("CREATE TABLE mood (message INTEGER)",))


def test_a_new_file_is_whole_and_in_wal_mode(path: Path) -> None:
    opened = Database.open(str(path))
    assert opened.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert opened.connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    assert opened.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_older_file_takes_the_missing_steps_and_leaves_a_copy(
    history: History, keep: Keep, path: Path
) -> None:
    keep("an old question")
    history.close()
    upgraded = Database.open(str(path), steps=NEWER)
    assert upgraded.connection.execute("SELECT count(*) FROM mood").fetchone() == (0,)
    assert upgraded.connection.execute("PRAGMA user_version").fetchone() == (len(NEWER),)
    copy = sqlite3.connect(f"{path}.v{len(STEPS)}.bak")
    assert copy.execute("SELECT title FROM conversation").fetchall() == [("an old question",)]
    assert Path(f"{path}.v{len(STEPS)}.bak").stat().st_mode & 0o777 == 0o600


def test_the_copy_is_written_through_no_link_and_into_no_folder(
    history: History, keep: Keep, path: Path, tmp_path: Path
) -> None:
    keep("an old question")
    history.close()
    other, copy = tmp_path / "other.txt", Path(f"{path}.v{len(STEPS)}.bak")
    other.write_text("of somebody else")
    copy.mkdir()
    with pytest.raises(StorageError, match=re.escape(f"{copy} is not a regular file")):
        Database.open(str(path), steps=NEWER)
    copy.rmdir()
    copy.symlink_to(other)
    Database.open(str(path), steps=NEWER).close()
    assert other.read_text() == "of somebody else"
    assert not copy.is_symlink()


def test_a_step_that_fails_leaves_the_file_as_it_was(
    history: History, keep: Keep, path: Path
) -> None:
    keep("a question")
    history.close()
    wrong: Steps = (*STEPS, ("CREATE TABLE mood (message INTEGER)", "no SQL at all"))
    with pytest.raises(sqlite3.OperationalError):
        Database.open(str(path), steps=wrong)
    assert [row.title for row in History(path).recent()] == ["a question"]
    names = sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall()
    assert ("mood",) not in names


def test_a_newer_file_is_read_and_not_written(history: History, keep: Keep, path: Path) -> None:
    keep("from the future")
    history.close()
    Database.open(str(path), steps=NEWER).close()
    older = History(path)
    assert [row.title for row in older.recent()] == ["from the future"]
    with pytest.raises(StorageError, match="newer llmchat") as caught:
        older.delete("last")
    assert caught.value.hint == "upgrade llmchat"


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE theirs (x)")
    foreign.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        History(path).recent()
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert History(path).recent() == []
    assert Database.open(str(path)).connection.execute("PRAGMA user_version").fetchone() == (
        len(STEPS),
    )


def test_the_log_of_a_deleted_file_is_not_taken_for_ours(
    history: History, keep: Keep, path: Path
) -> None:
    keep("a question")
    log = Path(f"{path}-wal").read_bytes()
    assert log
    history.close()
    path.unlink()
    Path(f"{path}-wal").write_bytes(log)
    opened = Database.open(str(path))
    assert opened.connection.execute("SELECT count(*) FROM conversation").fetchone() == (0,)


def test_busy_is_not_damaged(path: Path, history: History, keep: Keep) -> None:
    keep("a question")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = sqlite3.connect(path, timeout=0, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError) as caught:
        impatient.execute("BEGIN IMMEDIATE")
    assert fault(caught.value) == database.BUSY
    assert "in use" in str(storage_error(caught.value, "history.db"))
    assert not salvage.damaged(str(path))
    assert salvage.set_aside(str(path)) == ""


def fill(keep: Keep, count: int = 300) -> None:
    for number in range(count):
        keep(f"question number{number}", f"answer number{number} " + "слово " * 200)


def spoil(path: Path, pages: list[int]) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * 4096)
            file.write(random.Random(page).randbytes(4096))


def test_a_file_of_zeros_is_given_up_at_once(history: History, keep: Keep, path: Path) -> None:
    """A power cut leaves such; each number that it could hold was tried, for minutes."""
    keep("a question")
    history.close()
    path.write_bytes(bytes(2_000_000))
    told: list[str] = []
    begun = process_time()
    assert History(path, tell=told.append).recent() == []
    assert process_time() - begun < 5
    assert "recovered 0 conversations" in str(told)


def test_a_recovery_that_ends_early_says_where_the_damaged_file_is(
    history: History, keep: Keep, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run finds an empty history, and nothing damaged in it."""
    keep("a question")
    history.close()
    spoil(path, [1, 2])
    told: list[str] = []

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(salvage, "salvage", interrupted)
    with pytest.raises(KeyboardInterrupt):
        salvage.recover(str(path), tell=told.append)
    (aside,) = path.parent.glob("*.damaged-*.db")
    assert f"llmchat history import {aside}" in told[0]


def test_a_pipe_in_the_place_of_the_journal_is_no_damage(
    history: History, keep: Keep, path: Path
) -> None:
    keep("a question")
    history.close()
    os.mkfifo(f"{path}-journal")
    with pytest.raises(StorageError, match="not a regular file"):
        salvage.damaged(str(path))


def test_a_hole_is_copied_as_one(tmp_path: Path) -> None:
    holes = tmp_path / "holes"
    with holes.open("wb") as file:
        file.write(b"x")
        file.truncate(50_000_000)
    salvage._copy(str(holes), str(tmp_path / "copy"))
    copied = (tmp_path / "copy").stat()
    assert (copied.st_size, copied.st_blocks * 512 < 10_000_000) == (50_000_000, True)
    assert (tmp_path / "copy").read_bytes()[:2] == b"x\0"


@pytest.mark.parametrize("seed", range(4))
def test_damaged_pages_cost_only_what_stood_on_them(
    history: History, keep: Keep, path: Path, seed: int
) -> None:
    fill(keep)
    history.close()
    pages = path.stat().st_size // 4096
    spoil(path, random.Random(seed).sample(range(1, pages), 3))
    damaged = path.read_bytes()
    again = History(path)
    titles = {row.title for row in again.recent(limit=-1)}
    found = again.search("number7", limit=-1)
    assert len(titles) > 0
    again.store(lambda c: c.execute("UPDATE conversation SET updated = updated"))
    if again.news:
        (aside,) = path.parent.glob("history.damaged-*.db")
        assert aside.read_bytes() == damaged
        assert str(aside) in again.news[0]
        rescued = {row.title for row in again.recent(limit=-1)}
        assert len(rescued) > 150
        assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)
    else:
        assert found is not None


def test_a_lost_first_page_does_not_lose_the_conversations(
    history: History, keep: Keep, path: Path
) -> None:
    fill(keep, 100)
    history.close()
    spoil(path, [0])
    again = History(path)
    assert {row.title for row in again.recent(limit=-1)} == {
        f"question number{n}" for n in range(100)
    }
    assert "100 conversations" in again.news[0]
    assert again.branch(again.find("number42"))[-1].text.startswith("answer number42 слово")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CREATE TABLE message", b"CREATE T\xc4BLE message"),
        (b"answer number42", b"answer \xffumber42"),
    ],
)
def test_a_byte_that_is_no_text_costs_no_conversation(
    history: History, keep: Keep, path: Path, old: bytes, new: bytes
) -> None:
    fill(keep, 100)
    history.close()
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new))
    again = History(path)
    texts = [again.branch(row)[-1].text for row in again.recent(limit=-1)]
    assert len(texts) == 100
    assert all(text.startswith("answer ") for text in texts)
    assert "100 conversations" in again.news[0]


def test_a_file_that_is_no_database_at_all_is_set_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("hello\n" * 2000)
    history = History(path)
    assert history.recent() == []
    (aside,) = path.parent.glob("history.damaged-*.db")
    assert aside.read_text() == "hello\n" * 2000


def test_two_damaged_files_are_both_kept(path: Path) -> None:
    path.parent.mkdir()
    for _ in range(2):
        path.write_text("hello\n" * 2000)
        assert History(path).recent() == []
    assert len(list(path.parent.glob("history.damaged-*.db"))) == 2


def test_this_process_lives_and_one_that_started_at_another_time_does_not() -> None:
    process, start = myself()
    assert alive(process, start)
    assert alive(process, "") or not start
    assert not alive(99_999_999, "")
    if start:
        assert not alive(process, "1@another")


def test_with_no_room_left_the_history_is_read_and_written_again_where_there_is(
    history: History, keep: Keep, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite needs room for the file that its readers share before it reads a word."""
    import resource

    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python would keep half of a module
    keep("a question")
    history.close()
    later = History(path)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        (row,) = later.recent()
        with pytest.raises(StorageError, match="disk is full") as refused:
            later.rename(row.id, "another title")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert refused.value.hint == "free some disk space"
    later.rename(row.id, "another title")
    assert [row.title for row in later.recent()] == ["another title"]


def test_a_full_disk_below_an_import_is_told_as_that() -> None:
    with pytest.raises(StorageError), Spool(Path("/proc/self/fdinfo")):
        pass
    with Spool(None) as spool:
        spool._file = open("/dev/full", "wb")  # type: ignore[assignment]  # noqa: SIM115
        with pytest.raises(StorageError, match="disk is full"):
            spool.fill([{"updated": 1.0, "title": "x" * 100_000}])
    with Spool(None) as spool:  # what is buffered is tried once more when it is closed
        spool._file = open("/dev/full", "wb")  # type: ignore[assignment]  # noqa: SIM115
        with pytest.raises(StorageError, match="disk is full"):
            spool.fill([{"updated": 1.0, "title": "short"}])
    assert "cannot write" in storage_error(OSError(EROFS, "read-only"), "x").message
    odd = storage_error(NotADirectoryError(ENOTDIR, "Not a directory", "x"), "x")
    assert odd.message == "cannot open x: Not a directory"
