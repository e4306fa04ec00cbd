"""Runs a program for what it prints: at most so much, for at most so long, and nothing of it stays.

It gets a process group of its own, so that what it started ends with it; at a terminal that group
is in front meanwhile, because a password manager may ask the person something.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from llmchat.system.interruptible import heeding_signals
from llmchat.system.programs import Start

TERMINAL = "/dev/tty"
LOOK = 0.1  # seconds between two looks for an end that closes no pipe


class TooMuch(Exception):  # what happened, not how bad it is
    """It printed more than was asked for."""


def run_bounded(begun: Start, *, most: int, timeout: float) -> tuple[int, bytes]:
    """Its status and what it printed; TimeoutError or TooMuch when it had to be ended."""
    if sys.platform == "win32":
        return _run_simply(begun, most=most, timeout=timeout)
    with _usual_terminal():
        process = subprocess.Popen(
            **begun,
            stdin=subprocess.DEVNULL,  # ours may be the piped prompt
            stdout=subprocess.PIPE,  # stderr stays the terminal's: that is where pinentry asks
            process_group=0,
        )
        try:
            with heeding_signals(), _in_front(process.pid):
                printed = _printed(process, most, monotonic() + timeout)
                status = process.wait(LOOK)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            _end(process)
    if status == -signal.SIGINT:  # the Ctrl-C was for both
        raise KeyboardInterrupt
    return status, printed


def _printed(process: subprocess.Popen[bytes], most: int, end: float) -> bytes:
    """Until it has ended: what it left running in the background is not waited for."""
    import select  # not on Windows

    assert process.stdout is not None
    place = process.stdout.fileno()
    printed = bytearray()
    while True:
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        if not select.select([place], [], [], min(left, LOOK))[0]:
            if process.poll() is not None:
                return bytes(printed)
            continue
        piece = os.read(place, 65536)
        if not piece:
            process.wait(max(0.0, left))
            return bytes(printed)
        printed += piece
        if len(printed) > most:
            raise TooMuch


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group; also what it left behind."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


@contextmanager
def _in_front(group: int) -> Iterator[None]:
    """The terminal's keys go to the program, if they came to us before."""
    with _own_terminal() as terminal:
        if sys.platform == "win32" or terminal is None:
            yield
            return
        before = signal.getsignal(signal.SIGTTOU)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # else taking the terminal back stops us
        with suppress(OSError):
            os.tcsetpgrp(terminal, group)
        try:
            yield
        finally:
            with suppress(OSError):
                os.tcsetpgrp(terminal, os.getpgrp())
            signal.signal(signal.SIGTTOU, before)


@contextmanager
def _usual_terminal() -> Iterator[None]:
    """A session takes each key for itself; a program asks for lines, and Ctrl-C is a signal."""
    with _own_terminal() as terminal:
        if sys.platform == "win32" or terminal is None:
            yield
            return
        import termios

        before = termios.tcgetattr(terminal)
        usual = [*before]
        usual[0] |= termios.ICRNL
        usual[3] |= termios.ISIG | termios.ICANON | termios.ECHO | termios.IEXTEN
        termios.tcsetattr(terminal, termios.TCSADRAIN, usual)
        try:
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def _own_terminal() -> Iterator[int | None]:
    """The one whose keys come to us."""
    try:
        terminal = os.open(TERMINAL, os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    except OSError:
        yield None
        return
    try:
        ours = sys.platform != "win32" and os.tcgetpgrp(terminal) == os.getpgrp()
        yield terminal if ours else None
    finally:
        os.close(terminal)


def _run_simply(begun: Start, *, most: int, timeout: float) -> tuple[int, bytes]:
    try:
        done = subprocess.run(
            **begun, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if len(done.stdout) > most:
        raise TooMuch
    return done.returncode, done.stdout
