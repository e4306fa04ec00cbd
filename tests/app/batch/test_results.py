"""The file of --out: reading earlier results, repairing its end, and the order of its lines."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llmchat.app.batch.input.questions import answer_key
from llmchat.app.batch.results import FileOrStdout, InOrder, OutFile
from llmchat.errors import StorageError, UsageError


def line(name: str, *, error: bool = False) -> dict[str, Any]:
    failed = {"kind": "timeout"} if error else None
    return {"id": name, "input_sha256": "i", "settings_sha256": "s", "error": failed}


def text(name: str, *, error: bool = False) -> str:
    return json.dumps(line(name, error=error)) + "\n"


@contextmanager
def resumed(path: Path) -> Iterator[OutFile]:
    out = OutFile(path)
    try:
        out.lock()
        out.open(failed=out.recall(resumes=True))
        yield out
    finally:
        out.close()


def is_known(out: OutFile, name: str) -> bool:
    return answer_key(name, "i", "s") in out.answered


def test_answers_are_remembered_and_failures_make_room(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(text("a") + text("b", error=True) + text("c"))
    with resumed(path) as out:
        assert [is_known(out, name) for name in "abc"] == [True, False, True]
    assert path.read_text() == text("a") + text("c")


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(text("a") + text("b")[:20])
    with resumed(path) as out:
        assert not is_known(out, "b")
    assert path.read_text() == text("a")


def test_a_last_line_that_only_lacks_its_newline_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(text("a") + text("b").rstrip("\n"))
    with resumed(path) as out:
        assert is_known(out, "b")
    assert path.read_text() == text("a") + text("b")


def test_a_torn_line_and_failures_are_mended_together(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(text("a", error=True) + text("b") + text("c")[:9])
    with resumed(path) as out:
        assert is_known(out, "b")
    assert path.read_text() == text("b")


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"mine": 1}\n')
    out = OutFile(path)
    out.lock()
    with pytest.raises(UsageError, match=r"notes.jsonl:1 is not a line of llmchat batch"):
        out.recall(resumes=True)
    out.close()
    assert path.read_text() == '{"mine": 1}\n'


def test_without_resume_a_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(text("a"))
    out = OutFile(path)
    out.lock()
    with pytest.raises(UsageError, match="exists already"):
        out.recall(resumes=False)
    out.close()


def test_two_batches_do_not_write_one_file(tmp_path: Path) -> None:
    first, second = OutFile(tmp_path / "out.jsonl"), OutFile(tmp_path / "out.jsonl")
    first.lock()
    with pytest.raises(StorageError, match="another batch is writing"):
        second.lock()
    first.close()
    second.lock()
    second.close()


@pytest.mark.parametrize("place", [".", "none/out.jsonl", "/dev/null"])
def test_what_cannot_be_a_file_is_refused(tmp_path: Path, place: str) -> None:
    out = OutFile(tmp_path / place)
    with pytest.raises(UsageError):
        out.lock()
    out.close()


async def test_lines_are_in_the_file_at_once(tmp_path: Path) -> None:
    """If the process is killed after a write, nothing is lost."""
    with resumed(tmp_path / "out.jsonl") as out:
        out.write({"text": "пример \ud800"})
        assert json.loads((tmp_path / "out.jsonl").read_bytes()) == {"text": "пример ?"}


async def test_half_a_line_is_taken_back_where_the_disk_is_full(tmp_path: Path) -> None:
    import resource

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    with resumed(tmp_path / "out.jsonl") as out:
        out.write({"text": "short"})
        whole = (tmp_path / "out.jsonl").read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 100, usual[1]))
        try:
            with pytest.raises(StorageError, match="cannot write"):
                out.write({"text": "x" * 5000})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        assert (tmp_path / "out.jsonl").read_bytes() == whole


async def test_what_a_full_disk_does_not_take_goes_to_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That line and those waiting behind it."""
    import resource

    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python would keep half of a module
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    stdout = io.StringIO()
    with resumed(tmp_path / "out.jsonl") as out:
        lines = FileOrStdout(out, stdout, clear=lambda: None)
        lines.write({"text": "first"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
        try:
            with pytest.raises(StorageError, match="cannot write") as told:
                lines.write({"text": "second" * 50})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        lines.write({"text": "third"})
    assert told.value.hint.startswith("the last answers went to stdout; free some disk space")
    assert (tmp_path / "out.jsonl").read_text() == '{"text": "first"}\n'.replace(" ", "")
    texts = [json.loads(line)["text"] for line in stdout.getvalue().splitlines()]
    assert texts == ["second" * 50, "third"]


class Kept:
    def __init__(self) -> None:
        self.names: list[str] = []

    def write(self, line: dict[str, Any]) -> None:
        self.names.append(line["id"])


async def test_lines_come_in_the_order_of_the_input() -> None:
    kept = Kept()
    ordered = InOrder(kept, 8)
    for number in (2, 1, 0, 4):
        ordered.put(number, line(str(number)))
    assert kept.names == ["0", "1", "2"]
    ordered.put(3, None)
    assert kept.names == ["0", "1", "2", "4"]


async def test_nobody_runs_further_ahead_than_the_window() -> None:
    ordered = InOrder(Kept(), 2)
    await ordered.room(1)
    third = asyncio.create_task(ordered.room(2))
    await asyncio.sleep(0)
    assert not third.done()
    ordered.put(0, line("0"))
    await asyncio.wait_for(third, 10)


async def test_at_the_end_nothing_that_was_answered_is_lost() -> None:
    kept = Kept()
    ordered = InOrder(kept, 8)
    ordered.put(2, line("2"))
    ordered.put(1, line("1"))
    ordered.flush()
    assert kept.names == ["1", "2"]
