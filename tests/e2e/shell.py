"""Runs the installed command as a person would: as a process, with files as streams and a time
limit."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LLMCHAT = Path(sys.executable).parent / "llmchat"
PATIENCE = 120.0  # seconds; a run that takes longer hangs, also on a busy machine
KEY = "sk-canary-0123456789abcdef0123456789"
PASSED_ON = ("COVERAGE", "COV_", "PYTHONPATH")  # what measures, or replaces, the tested tree


@dataclass(frozen=True)
class Said:
    """A row of the history."""

    role: str
    state: str
    text: str


@dataclass(frozen=True)
class Result:
    """How a run ended; `signal` is the name of the signal that ended it, `code` is the exit code as
    in a shell."""

    code: int
    out: str
    err: str
    signal: str = ""
    peak_mb: float = 0.0
    seconds: float = 0.0
    bytes_out: bytes = b""

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@dataclass(frozen=True)
class Shell:
    """A person's environment: a home, variables, and the command."""

    home: Path
    environ: Mapping[str, str]

    def unmeasured(self) -> Shell:
        """The same without coverage, which imports modules before us."""
        bare = {name: value for name, value in self.environ.items() if not name.startswith("COV")}
        return replace(self, environ=bare)

    def ask(self, *words: str, **more: Any) -> Result:
        return self.run("ask", *words, **more)

    def line(self, command: str, **more: Any) -> Result:
        """One line of a shell, with its redirections and pipes."""
        return self._run(["sh", "-c", command], **more)

    def run(self, *argv: str, **more: Any) -> Result:
        return self._run([str(LLMCHAT), *argv], **more)

    def _run(
        self,
        argv: Sequence[str | bytes],
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        stdin_file: Path | None = None,
        stdout: Path | None = None,
        patience: float = PATIENCE,
    ) -> Result:
        """Runs the process to its end. `stdin=None` is empty input."""
        folder = Path(os.environ.get("TMPDIR", "/tmp"))
        taken = folder / f"llmchat-e2e-{os.getpid()}-{time.monotonic_ns()}-{id(argv)}"
        out, err, given = (taken.with_suffix(s) for s in (".out", ".err", ".in"))
        source = stdin_file
        if stdin is not None:
            given.write_bytes(stdin)
            source = given
        started = time.monotonic()
        try:
            with (
                (source or Path(os.devnull)).open("rb") as reading,
                (stdout or out).open("wb") as writing,
                err.open("wb") as telling,
            ):
                process = subprocess.Popen(
                    argv,
                    env={**self.environ, **(env or {})},
                    stdin=reading,
                    stdout=writing,
                    stderr=telling,
                    cwd=self.home,
                )
                status, peak = _awaited(process, patience)
            answered = b"" if stdout else out.read_bytes()
            return Result(
                code=128 - status if status < 0 else status,
                out=answered.decode("utf-8", "replace"),
                err=err.read_text("utf-8", "replace"),
                signal=signal.Signals(-status).name if status < 0 else "",
                peak_mb=peak,
                seconds=time.monotonic() - started,
                bytes_out=answered,
            )
        finally:
            for path in (out, err, given):
                path.unlink(missing_ok=True)

    def history(self) -> list[Said]:
        """The saved messages, in order."""
        return [Said(*row) for row in self._rows("SELECT role, state, text FROM message")]

    def pieces(self) -> str:
        """The saved pieces of an answer that is streaming."""
        try:
            return "".join(text for (text,) in self._rows("SELECT text FROM piece"))
        except sqlite3.OperationalError:
            return ""  # the history is just being made

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        path = self.home / "history.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute(f"{query} ORDER BY rowid").fetchall()
        finally:
            connection.close()


def _awaited(process: subprocess.Popen[bytes], patience: float) -> tuple[int, float]:
    """Its status (negative for a signal) and its peak memory in MB; a process that hangs is
    killed."""
    started = time.monotonic()
    peak = 0.0
    while True:
        peak = _own_peak(process.pid) or peak
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        passed = time.monotonic() - started
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, peak or usage.ru_maxrss / 1024
        if passed > patience:
            process.kill()
            os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            raise AssertionError(f"still running after {patience:g} s: {process.args!r}")
        time.sleep(0.01)


def _own_peak(pid: int) -> float:
    """MB, where Linux tells it. `ru_maxrss` would begin with the peak of the tests' own process,
    which a child inherits through fork and exec."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM:" in text else 0


def environment(home: Path) -> dict[str, str]:
    """A minimal environment, without variables of the person who runs the tests."""
    measured = {k: v for k, v in os.environ.items() if k.startswith(PASSED_ON)}
    return {
        "PATH": f"{LLMCHAT.parent}:{os.environ.get('PATH', '')}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LLMCHAT_HOME": str(home),
        "LLMCHAT_FIND_LOCAL": "false",  # nobody that happens to run here
        **measured,
    }


def closed_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether anything listens there."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
