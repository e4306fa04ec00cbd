"""Looks at processes from outside: which are alive, and for how long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PATIENCE = 60.0  # seconds; a busy machine


def until(true: Callable[[], object], what: str, *, patience: float = PATIENCE) -> float:
    """Waits for a condition; returns how long that took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < patience, f"waited in vain for {what}"
        time.sleep(0.01)
    return time.monotonic() - start


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return _answers(pid) if not Path("/proc/self").exists() else False
    return state != "Z"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def pids(file: Path) -> list[int]:
    """The process ids that were written to a file, one per line."""
    text = file.read_text() if file.exists() else ""
    return [int(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def none_alive(processes: Iterable[int]) -> bool:
    return not any(map(alive, processes))
