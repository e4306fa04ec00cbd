"""The event loop of a run: nothing delays its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from llmchat.app.run.signals import run
from llmchat.errors import Interrupted


def test_what_the_work_returns_is_returned() -> None:
    async def work() -> int:
        return 7

    assert run(work) == 7


def test_a_thread_that_hangs_is_not_waited_for() -> None:
    """A name server that does not answer would make a thread hang."""
    release, ended = threading.Event(), list[bool]()

    async def work() -> int:
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, lambda: ended.append(release.wait(20)))
        return 7

    assert run(work) == 7
    assert ended == []
    release.set()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_cancels_and_is_told(number: int, code: int) -> None:
    """The work can still save what it has."""
    kept = []

    async def work() -> None:
        os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(20)
        finally:
            kept.append("all")

    with pytest.raises(Interrupted) as caught:
        run(work)
    assert (caught.value.exit_code, kept) == (code, ["all"])


def test_a_ctrl_c_that_is_answered_gently_cancels_nothing() -> None:
    answers, first = [True, False], asyncio.Event()

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(first.wait(), 20)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(20)

    def gently() -> bool:
        first.set()
        return answers.pop(0)

    with pytest.raises(Interrupted):
        run(work, gently=gently)
    assert answers == []


ANOTHER_HEARS = """
import asyncio
from llmchat.app.run.signals import run

async def pressed():
    raise KeyboardInterrupt

async def work():
    other = asyncio.create_task(pressed())
    await asyncio.sleep(20)

try:
    run(work)
except KeyboardInterrupt:
    print("heard")
"""


def test_a_ctrl_c_that_another_task_hears_leaves_no_words_of_the_loop() -> None:
    """For example in a task that waits for a program that prints a key."""
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_HEARS], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("heard\n", "")


def test_an_error_passes() -> None:
    async def work() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        run(work)
