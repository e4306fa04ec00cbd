"""Runs a program for its output, limited in size and time, and ends all its processes.

It gets its own process group, so that everything it started can be ended; at a terminal that group
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
AT_ONCE = 512  # bytes that a ready pipe accepts without blocking, on every system
LOOK = 0.1  # seconds between two checks whether the program ended without closing its pipes


class TooMuch(Exception):  # the name says what happened
    """The program printed more than the limit."""


def run_bounded(begun: Start, *, most: int, timeout: float) -> tuple[int, bytes]:
    """Returns status and output; raises TimeoutError or TooMuch if the program had to be killed."""
    # stdin may be the piped prompt; stderr is the terminal's, where pinentry asks
    status, printed, _ = _run(begun, None, None, most=most, timeout=timeout)
    return status, printed


def exchange(begun: Start, typed: bytes, *, most: int, timeout: float) -> tuple[int, bytes, bytes]:
    """Like `run_bounded`, for a program that gets input; also returns its stderr."""
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
    if status == -signal.SIGINT:  # Ctrl-C was for both of us
        raise KeyboardInterrupt
    return status, printed, complaint


def _exchanged(
    process: subprocess.Popen[bytes], typed: bytes, most: int, end: float
) -> tuple[bytes, bytes]:
    """Reads and writes until the program ends, not waiting for background processes that it
    left."""
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
    """Writes as much as the pipe accepts; returns the rest."""
    try:
        return text[os.write(place, text[:AT_ONCE]) :]
    except BrokenPipeError:  # it no longer reads
        return b""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the whole process group."""
    if sys.platform != "win32":
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        pipe.close()


@contextmanager
def _in_front(group: int) -> Iterator[None]:
    """Puts the program in the terminal's foreground, if we were in it."""
    with _own_terminal() as terminal:
        if sys.platform == "win32" or terminal is None:
            yield
            return
        before = signal.getsignal(signal.SIGTTOU)
        # Otherwise taking the terminal back would stop us.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
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
    """Sets the terminal to its normal mode, because a session has set raw mode."""
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
    """The terminal that we are in the foreground of."""
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
