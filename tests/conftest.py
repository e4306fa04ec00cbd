"""What every test begins with: a person's signals, and patience on a busy machine."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Named files are tested in this process, which starts sooner; folders on every core."""
    return 0 if all(".py" in name for name in config.args) else None


def pytest_configure() -> None:
    """Behind `nohup`, or in the background of a script, they would be ignored, here and in every
    process that a test starts."""
    for number, usual in (
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGINT, signal.default_int_handler),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
