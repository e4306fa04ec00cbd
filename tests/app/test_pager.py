"""Ctrl-C ends the pager with us: `less` alone would go on and keep the terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

CODE = """
import os, sys
from llmchat.app.terminal.pager import page
page("line\\n" * 100, sys.stdout, height=10, environ={**os.environ, "LLMCHAT_PAGER": sys.argv[1]})
"""
PAGER = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(os.getpid(), flush=True)
sys.stdin.read()
time.sleep(60)
"""


def test_a_ctrl_c_ends_both(tmp_path: Path) -> None:
    (tmp_path / "pager.py").write_text(PAGER)
    command = [sys.executable, "-c", CODE, f"{sys.executable} {tmp_path / 'pager.py'}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout
        pager = int(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) != 0
    state = Path(f"/proc/{pager}/stat")
    assert not state.exists() or " Z " in state.read_text()
