"""Another process that creates or repairs the history is stopped: those that wait say for whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from llmchat.conversation.conversation import Conversation
from llmchat.store.database.database import Database
from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.repair import salvage
from llmchat.store.history.writing.journal import Journal
from llmchat.store.history.writing.turns import Opening
from llmchat.store.lock import SILENT
from llmchat.values.events import Delta, Event, Finish, Notice
from llmchat.values.turn import Turn
from tests.conversation.test_conversation import Script

HOLDER = """
import sys, time
from pathlib import Path
from llmchat.store.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""

LONGEST = 15.0  # seconds

pytestmark = pytest.mark.skipif(os.name == "nt", reason="nothing can be stopped there")


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds the lock of the history and does nothing."""
    path.parent.mkdir()
    arguments = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGSTOP)
        last = threading.Timer(LONGEST, process.kill)  # nobody waits on where no word comes
        last.start()
        yield process
        last.cancel()
        process.kill()


def expected(path: Path, process: int) -> list[str]:
    who = f" (process {process})" if Path("/proc/locks").exists() else ""
    return [f"another llmchat{who} is writing {path}; waiting for it"]


def made(path: Path, tell: Callable[[str], None]) -> None:
    History(path, tell=tell).store(lambda connection: None)


def upgraded(path: Path, tell: Callable[[str], None]) -> None:
    path.touch()
    Database.open(str(path), tell).close()


def set_aside(path: Path, tell: Callable[[str], None]) -> None:
    path.write_text("hello\n" * 2000)
    assert salvage.set_aside(str(path), tell=tell)


@pytest.mark.parametrize("work", [made, upgraded, set_aside])
def test_a_stopped_holder_is_named_after_two_seconds(
    path: Path,
    holder: subprocess.Popen[bytes],
    work: Callable[[Path, Callable[[str], None]], None],
) -> None:
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        holder.kill()  # so that nobody waits on

    begun = time.monotonic()
    work(path, tell)
    assert time.monotonic() - begun >= SILENT
    assert told == expected(path, holder.pid)


async def test_an_answer_says_whom_its_history_waits_for_and_is_kept(
    path: Path, holder: subprocess.Popen[bytes]
) -> None:
    history = History(path)
    conversation = Conversation(Script(Delta("yes"), Finish("stop", "m-1")), history)
    events: list[Event] = []
    async with aclosing(conversation.send("why?")) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, Notice):
                assert holder.poll() is None  # it is waited for still
                holder.kill()
    texts = [event.text for event in events if isinstance(event, Notice)]
    assert texts == expected(path, holder.pid)
    assert [m.text for m in history.branch(history.find("last"))] == ["why?", "yes"]


async def test_an_answer_that_nobody_could_keep_says_why(
    path: Path, holder: subprocess.Popen[bytes]
) -> None:
    written = Journal(str(path), Opening(new_id(), "why?"), clock=time.time)
    written.start()
    turn = Turn("demo", "demo-1", time.monotonic)
    turn.take(Finish("stop", "demo-1"))
    assert not await written.ends_soon(turn)
    await written.settle(turn, patience=0)
    assert [written.news] == expected(path, holder.pid)
    assert written.trouble is not None
    assert written.trouble.message == f"another llmchat is writing {path}"
