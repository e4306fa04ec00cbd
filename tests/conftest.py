"""What every test begins with: the signals of a person's shell."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Behind `nohup`, or in the background of a script, they would be ignored, here and in
    every process that a test starts."""
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(
                number,
                signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL,
            )
