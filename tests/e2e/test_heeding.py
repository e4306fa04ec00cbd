"""A signal ends llmchat even while a read or a program blocks the event loop."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import termios
from array import array
from pathlib import Path
from typing import IO

import pytest

PROGRAM = str(Path(sys.executable).with_name("llmchat"))
KEY = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(50)"


def begin(home: Path, *words: str) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "LLMCHAT_HOME": str(home)}
    return subprocess.Popen(
        [PROGRAM, "ask", *words, "hi"],
        cwd=home,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("flag", ["-a", "-f"])
def test_a_pipe_that_stalls_is_left(tmp_path: Path, flag: str, number: signal.Signals) -> None:
    os.mkfifo(tmp_path / "x.png")
    asked = begin(tmp_path, "-p", "demo", flag, "x.png")
    with (tmp_path / "x.png").open("wb", buffering=0) as pipe:  # it has opened its end
        pipe.write(b"\x89PNG")
        while not taken(pipe):
            pass
        asked.send_signal(number)
        assert asked.wait(10) == -number


def taken(pipe: IO[bytes]) -> bool:
    """Waits until what was written has been read, so that the reader waits for more."""
    waiting = array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0] == 0


def test_a_program_that_prints_a_key_ends_with_us(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-c", KEY, str(tmp_path / "begun")])
    config = f"[providers.openai]\napi_key_command = {json.dumps(command)}\n"
    (tmp_path / "config.toml").write_text(config)
    asked = begin(tmp_path, "-p", "openai", "-m", "m")
    while not (tmp_path / "begun").exists():
        assert asked.poll() is None
    asked.send_signal(signal.SIGINT)
    assert asked.wait(10) == -signal.SIGINT
    assert asked.stderr
    assert asked.stderr.read() == b"llmchat: interrupted\n"
