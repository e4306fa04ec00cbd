"""Real processes: killed, stopped, many at once, with a pipe that closes. bench/history.py does the
same two hundred times."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmchat.store.database.schema import STEPS
from llmchat.store.history.history import History
from llmchat.store.history.rows import MessageRow

TALKER = Path(__file__).with_name("talker.py")
PAUSE = 0.02


def talk(
    path: Path, *, pieces: int = 500, pause: float = PAUSE, end: str = "finish", ask: str = "why?"
) -> subprocess.Popen[bytes]:
    arguments = [str(path), str(pieces), str(pause), end, ask]
    return subprocess.Popen(
        [sys.executable, "-u", str(TALKER), *arguments], stdout=subprocess.PIPE, bufsize=0
    )


def last_answer(path: Path) -> MessageRow:
    history = History(path)
    question, answer = history.branch(history.find("last"))
    assert question.text == "why?"
    history.close()
    return answer


def read_for(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """What the screen showed."""
    assert process.stdout
    until = time.monotonic() + seconds
    shown = b""
    while time.monotonic() < until:
        piece = process.stdout.read(4096)
        if not piece:
            break
        shown += piece
    return shown


def whole(path: Path) -> str:
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return str(found)


@pytest.mark.parametrize("after", [0.05, 0.3, 0.7])
def test_kill_9_keeps_the_question_and_marks_what_came(path: Path, after: float) -> None:
    """How far behind the screen the file may be is measured in bench/history.py."""
    process = talk(path)
    shown = read_for(process, after + random.random() / 5)
    process.kill()
    assert process.stdout
    shown += process.stdout.read()
    process.wait(60)
    answer = last_answer(path)
    assert (answer.state, answer.finish_reason) == ("interrupted", "interrupted")
    assert shown.decode().startswith(answer.text)
    assert whole(path) == "ok"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_byte_for_byte_what_was_shown(path: Path, number: signal.Signals) -> None:
    process = talk(path)
    shown = read_for(process, 0.4)
    process.send_signal(number)
    assert process.stdout
    shown += process.stdout.read()
    assert process.wait(60) == 0
    answer = last_answer(path)
    assert (answer.state, answer.finish_reason) == ("interrupted", "interrupted")
    assert answer.text.encode() == shown


def test_a_closed_pipe_keeps_what_was_shown(path: Path) -> None:
    process = talk(path)
    shown = read_for(process, 0.3)
    assert process.stdout
    process.stdout.close()
    assert process.wait(60) == 0
    answer = last_answer(path)
    assert answer.state == "interrupted"
    assert answer.text.encode().startswith(shown)


def test_many_processes_at_once_on_the_very_first_run_lose_nothing(path: Path) -> None:
    processes = [talk(path, pieces=3, pause=0.001) for _ in range(10)]
    assert [process.wait(60) for process in processes] == [0] * 10
    for process in processes:
        assert process.stdout
        process.stdout.close()
    history = History(path)
    answers = [history.branch(row)[-1] for row in history.recent(limit=-1)]
    assert [answer.state for answer in answers] == ["complete"] * 10
    assert whole(path) == "ok"
    assert not list(path.parent.glob("*.new*"))


def test_a_stopped_process_is_not_taken_for_a_dead_one(path: Path) -> None:
    process = talk(path, pieces=1, end="stall")
    assert process.stdout
    process.stdout.read(1)
    process.send_signal(signal.SIGSTOP)
    try:
        assert last_answer(path).state == "streaming"
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()
    assert last_answer(path).state == "interrupted"


NOBODY = 65534
AS_NOBODY = f"""
import asyncio, os, sys, signal, contextlib, pathlib, collections.abc
import llmchat.conversation.conversation, llmchat.store.history.writing.journal
import llmchat.store.search.search, llmchat.store.history.figures.stats
talker = open({str(TALKER)!r}).read()
if os.geteuid() == 0:  # root may write everywhere
    os.setuid({NOBODY})
from llmchat.store.history.history import History
print([row.title for row in History(sys.argv[1]).recent()], flush=True)
exec(talker)
"""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """Outside of pytest's own folders, which nobody else may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def _unmake_last_step(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    assert STEPS[-1] == ("ALTER TABLE conversation ADD tags",)
    connection.execute("ALTER TABLE conversation DROP COLUMN tags")
    connection.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="rights are another thing there")
@pytest.mark.parametrize("older", [False, True])
def test_a_read_only_folder_is_read_and_not_written(shared_folder: Path, older: bool) -> None:
    """An older file, too, which cannot be upgraded there."""
    path = shared_folder / "history.db"
    talk(path, pieces=2).communicate(timeout=60)
    if older:
        _unmake_last_step(path)
    path.chmod(0o444)
    path.with_name(f".{path.name}.lock").unlink()
    shared_folder.chmod(0o555)
    arguments = [str(path), "2", "0.001", "finish", "again?"]
    unmeasured = {n: v for n, v in os.environ.items() if not n.startswith("COV")}
    process = subprocess.run(
        [sys.executable, "-u", "-c", AS_NOBODY, *arguments],
        env=unmeasured,  # nobody can write a file of figures
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (process.stdout, process.stderr) == ("['why?']\nслово0 слово1 ", "")
    path.chmod(0o600)
    assert [row.title for row in History(path).recent()] == ["why?"]
