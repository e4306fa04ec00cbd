"""Runs a program for its output, limited in size and time, and leaves nothing of it running.

It gets its own process group, so that everything it started ends with it; at a terminal that group
is in the foreground meanwhile, because a password manager may ask the person something.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from llmchat.system.interruptible import heeding_signals
from llmchat.system.programs import Start

TERMINAL = "/dev/tty"
AT_ONCE = 512  # bytes that a pipe which is ready takes without a wait, on every system
LOOK = 0.1  # seconds between two looks for an end that closes no pipe


class TooMuch(Exception):  # what happened, not how bad it is
    """The program printed more than the limit."""


def run_bounded(begun: Start, *, most: int, timeout: float) -> tuple[int, bytes]:
    """Its status and what it printed; TimeoutError or TooMuch when it had to be ended."""
    # stdin may be the piped prompt; stderr stays the terminal's: that is where pinentry asks
    status, printed, _ = _run(begun, None, None, most=most, timeout=timeout)
    return status, printed


def exchange(begun: Start, typed: bytes, *, most: int, timeout: float) -> tuple[int, bytes, bytes]:
    """As `run_bounded`, of a program that is told something; also what it complained of."""
    return _run(begun, typed, subprocess.PIPE, most=most, timeout=timeout)


def _run(
    begun: Start, typed: bytes | None, complaints: int | None, *, most: int, timeout: float
) -> tuple[int, bytes, bytes]:
    if sys.platform == "win32":
        return _run_simply(begun, typed, complaints, most=most, timeout=timeout)
    with _usual_terminal():
        process = subprocess.Popen(
            **begun,
            stdin=subprocess.DEVNULL if typed is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            process_group=0,
        )
        try:
            with heeding_signals(), _in_front(process.pid):
                printed, complaint = _exchanged(process, typed or b"", most, monotonic() + timeout)
                status = process.wait(LOOK)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            _end(process)
    if status == -signal.SIGINT:  # the Ctrl-C was for both
        raise KeyboardInterrupt
    return status, printed, complaint


def _exchanged(
    process: subprocess.Popen[bytes], typed: bytes, most: int, end: float
) -> tuple[bytes, bytes]:
    """Until it has ended: what it left running in the background is not waited for."""
    printed, complaint = bytearray(), bytearray()
    into = {process.stdout: printed, process.stderr: complaint}
    with selectors.DefaultSelector() as pipes:
        for pipe in filter(None, into):
            pipes.register(pipe, selectors.EVENT_READ)
        if process.stdin:
            pipes.register(process.stdin, selectors.EVENT_WRITE)
        while pipes.get_map():
            left = end - monotonic()
            if left <= 0:
                raise TimeoutError
            ready = pipes.select(min(left, LOOK))
            if not ready and process.poll() is not None:
                return bytes(printed), bytes(complaint)
            for key, events in ready:
                ended: Any = key.fileobj
                if events & selectors.EVENT_WRITE:
                    more = typed = _write(key.fd, typed)
                else:
                    more = _read(key.fd, into[ended], most)
                if not more:
                    pipes.unregister(ended)
                    ended.close()
    process.wait(max(0.0, end - monotonic()))
    return bytes(printed), bytes(complaint)


def _read(place: int, text: bytearray, most: int) -> bytes:
    piece = os.read(place, 65536)
    text += piece
    if len(text) > most:
        raise TooMuch
    return piece


def _write(place: int, text: bytes) -> bytes:
    """What is left after as much as a pipe takes at once."""
    try:
        return text[os.write(place, text[:AT_ONCE]) :]
    except BrokenPipeError:  # nobody reads on
        return b""


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group; also what it left behind."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        pipe.close()


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


def _run_simply(
    begun: Start, typed: bytes | None, complaints: int | None, *, most: int, timeout: float
) -> tuple[int, bytes, bytes]:
    given: Any = {"stdin": subprocess.DEVNULL} if typed is None else {"input": typed}
    try:
        done = subprocess.run(
            **begun, **given, stdout=subprocess.PIPE, stderr=complaints, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    complaint = done.stderr or b""
    if max(len(done.stdout), len(complaint)) > most:
        raise TooMuch
    return done.returncode, done.stdout, complaint
