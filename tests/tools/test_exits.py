"""However llmchat ends, no process of a tool is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.settings.toml.editor import written_value
from tests.shell import coverage_variables
from tests.tools.conftest import scripted
from tests.tools.processes import none_alive, pids, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
BOUND = 5.0  # seconds
ENDS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")


def start(home: Path, table: str, *argv: str) -> subprocess.Popen[bytes]:
    (home / "config.toml").write_text(table)
    (home / "config.toml").chmod(0o600)
    return subprocess.Popen(
        [sys.executable, "-m", "llmchat", "tools", *argv],
        env={**coverage_variables(), "LLMCHAT_HOME": str(home), "PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[bytes], file: Path, name: str, *, several: int = 1) -> float:
    """The seconds from the signal until all processes are gone."""
    until(lambda: len(pids(file)) >= several, "the tool's start")
    process.send_signal(getattr(signal, name))
    process.communicate(timeout=30)
    return until(lambda: none_alive(pids(file)), "the ends of all")


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("words", [("slow",), ("stubborn", "silent")], ids="-".join)
def test_a_server_ends_with_us(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    file = tmp_path / "pids"
    table = "[tools.own]\n" + scripted(*words, f"pids={file}")
    with start(tmp_path, table, "run", "own/slow") as process:
        assert ended(process, file, name) < BOUND


@pytest.mark.parametrize("name", ENDS)
def test_a_command_ends_with_us(tmp_path: Path, name: str) -> None:
    file = tmp_path / "pids"
    script = f"trap '' TERM; echo $$ >> {file}; sh -c 'echo $$ >> {file}; sleep 100'; sleep 100"
    table = f'[tools.own]\ntype = "command"\ncommand = "sh"\nargs = ["-c", {written_value(script)}]'
    with start(tmp_path, table, "run", "own") as process:
        assert ended(process, file, name, several=2) < BOUND


def test_a_second_ctrl_c_leaves_nothing_either(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    table = "[tools.own]\n" + scripted("stubborn", f"pids={file}")
    with start(tmp_path, table, "run", "own/slow") as process:
        until(lambda: pids(file), "the server's start")
        process.send_signal(signal.SIGINT)
        assert ended(process, file, "SIGINT") < BOUND


@pytest.mark.slow
def test_thirty_ends_leave_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    table = "[tools.own]\n" + scripted(f"pids={file}")
    for number in range(30):
        file.unlink(missing_ok=True)
        end = (*ENDS, "an answer", "an error")[number % 6]
        tool = {"an answer": "own/echo", "an error": "own/fail"}.get(end, "own/slow")
        with start(tmp_path, table, "run", tool) as process:
            if end in ENDS:
                assert ended(process, file, end) < BOUND
            process.communicate(timeout=30)
        assert pids(file)
        assert none_alive(pids(file))
