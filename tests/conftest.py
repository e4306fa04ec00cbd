"""Set-up for all tests: a person's signals, files in memory, generous time limits. Why:
docs/decisions/0165-a-suite-for-busy-machines.md."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

MEMORY = Path("/dev/shm")  # on Linux; nothing here asks what a disk has really kept
ENOUGH = 2 * 1024**3  # bytes; one whole run needs less than half of it


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Named files are tested in this process, which starts sooner. For folders there are two
    workers per core, because most tests wait half of their time for another process."""
    if all(".py" in name for name in config.args):
        return 0
    return 2 * (len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)


def pytest_configure() -> None:
    _hear_signals()
    _keep_files_in_memory()
    _keep_bytecode()
    _speak_english()


def _hear_signals() -> None:
    """After `nohup`, or in the background of a script, signals would be ignored here and in every
    process that a test starts."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def _keep_files_in_memory() -> None:
    """A history waits for the disk at each commit, and a shared disk is the slowest part of a run.
    Only if there is room, and if tests can execute what they wrote there."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return
    if shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _keep_bytecode() -> None:
    """Also with PYTHONDONTWRITEBYTECODE: otherwise every worker and process would compile again."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _speak_english() -> None:
    """Also on a machine whose language is Russian or Chinese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name, "").lower().startswith(("ru", "zh")):
            os.environ[name] = "C.UTF-8"
    os.environ.pop("LLMCHAT_LANG", None)
