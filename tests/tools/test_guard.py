"""A guard ends its program, and all that this one started, when the other end of a pipe is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llmchat.system.programs import Start
from llmchat.tools.guard import MOST_MESSAGES
from llmchat.tools.processes import guarded
from tests.tools.processes import none_alive, pids, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has job objects instead")
BOUND = 5.0  # seconds until nothing is left, whatever the program does
LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux gives orphans to their guard"
)

STUBBORN = "trap '' TERM HUP INT; echo $$ >> $1; while :; do sleep 0.1; done"
FAMILY = "sh -c 'echo $$ >> $1; sleep 100' - $1 & echo $$ >> $1; wait"
DAEMON = (
    "setsid sh -c 'trap \"\" TERM; echo $$ >> $1; sleep 100; :' - $1 & "
    "until [ -s $1 ]; do sleep 0.05; done"
)


@contextmanager
def running(script: str, file: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The guard, and our end of the pipe that it watches."""
    watched, held = os.pipe()
    begun = Start(
        args=["/bin/sh", "-c", script, "-", str(file)], env={"PATH": "/usr/bin:/bin"}, cwd="/"
    )
    guard = subprocess.Popen(
        guarded(begun, watched)["args"],
        env=begun["env"],
        pass_fds=(watched,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(watched)
    try:
        yield guard, held
    finally:
        if guard.poll() is None:
            guard.kill()
        guard.communicate(timeout=20)


@pytest.mark.parametrize("script", [STUBBORN, FAMILY], ids=["stubborn", "family"])
def test_a_closed_pipe_ends_whatever_runs(tmp_path: Path, script: str) -> None:
    with running(script, tmp_path / "pids") as (guard, held):
        until(lambda: len(pids(tmp_path / "pids")) >= (2 if script == FAMILY else 1), "its pids")
        os.close(held)
        assert until(lambda: none_alive(pids(tmp_path / "pids")), "their ends") < BOUND
        guard.wait(timeout=BOUND)


@LINUX
def test_what_the_program_left_behind_ends_with_it(tmp_path: Path) -> None:
    with running(DAEMON, tmp_path / "pids") as (guard, held):
        assert guard.wait(timeout=20) == 0
        os.close(held)
        assert len(pids(tmp_path / "pids")) == 1
        assert none_alive(pids(tmp_path / "pids"))


@LINUX
def test_a_guard_that_is_killed_takes_its_program_along(tmp_path: Path) -> None:
    with running(STUBBORN, tmp_path / "pids") as (guard, held):
        until(lambda: pids(tmp_path / "pids"), "its pid")
        guard.kill()
        assert until(lambda: none_alive(pids(tmp_path / "pids")), "its end") < BOUND
        os.close(held)


def test_sigterm_is_passed_on_at_once(tmp_path: Path) -> None:
    with running("echo $$ >> $1; sleep 100 & wait", tmp_path / "pids") as (guard, held):
        until(lambda: pids(tmp_path / "pids"), "its pid")
        guard.terminate()
        assert guard.wait(timeout=BOUND) == 128 + signal.SIGTERM
        os.close(held)


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)])
def test_the_status_is_the_programs(tmp_path: Path, script: str, status: int) -> None:
    with running(script, tmp_path / "pids") as (guard, held):
        assert guard.wait(timeout=20) == status
        os.close(held)


def test_a_program_that_cannot_be_executed_says_so(tmp_path: Path) -> None:
    file = tmp_path / "not-a-program"
    file.write_text("nothing")
    watched, held = os.pipe()
    begun = Start(args=[str(file)], env={}, cwd="/")
    done = subprocess.run(
        guarded(begun, watched)["args"],
        pass_fds=(watched,),
        capture_output=True,
        timeout=20,
        check=False,
    )
    os.close(watched)
    os.close(held)
    assert done.returncode == 127
    assert b"Permission denied" in done.stderr


def test_messages_are_bounded(tmp_path: Path) -> None:
    with running("head -c 2000000 /dev/zero >&2; echo done", tmp_path / "pids") as (guard, held):
        out, err = guard.communicate(timeout=20)
        os.close(held)
    assert out == b"done\n"
    assert len(err) == MOST_MESSAGES


def test_the_program_gets_its_variables_and_no_other(tmp_path: Path) -> None:
    with running("exec /usr/bin/env", tmp_path / "pids") as (guard, held):
        out, _ = guard.communicate(timeout=20)
        os.close(held)
    names = {line.partition("=")[0] for line in out.decode().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH"}  # those of the shell itself
