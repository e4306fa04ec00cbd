"""Ctrl-C ends the pager with us: `less` alone would go on and keep the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from llmchat.app.terminal.pager import page

CODE = """
import os, sys
from llmchat.app.terminal.pager import page
page("line\\n" * 100, sys.stdout, height=10, environ={**os.environ, "LLMCHAT_PAGER": sys.argv[1]})
"""
PAGER = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
sys.stdin.read()
time.sleep(60)
"""


@pytest.mark.parametrize("argument", ["", "deaf"])
def test_a_ctrl_c_ends_both(tmp_path: Path, argument: str) -> None:
    (tmp_path / "pager.py").write_text(PAGER)
    command = [sys.executable, "-c", CODE, f"{sys.executable} {tmp_path / 'pager.py'} {argument}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout
        pager = int(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) != 0
    state = Path(f"/proc/{pager}/stat")
    assert not state.exists() or " Z " in state.read_text()


def test_without_a_pager_that_can_be_read_the_text_is_written() -> None:
    screen = StringIO()
    page("line\n" * 100, screen, height=10, environ={"PAGER": "less '"})
    assert screen.getvalue().count("line") == 100


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "a ?"), ("koi8-r", "a ?"), ("utf-8", "a 查")]
)
def test_a_terminal_without_a_letter_gets_a_question_mark(encoding: str, shown: str) -> None:
    screen = TextIOWrapper(BytesIO(), encoding=encoding)
    page("a 查", screen, height=10, environ={})
    screen.seek(0)
    assert screen.read() == shown + "\n"
