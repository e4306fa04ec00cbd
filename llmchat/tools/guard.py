"""Runs one program, and ends it with all that it started as soon as llmchat is gone.

A script of its own, which the interpreter runs in isolation: it imports nothing of llmchat.
`guard.py WATCHED KEEPS PROGRAM ARGS...`: WATCHED is a descriptor whose other end llmchat has, and
KEEPS is 1 where LC_CTYPE was asked for, because the interpreter may set it on its own.

Why: docs/decisions/0121-a-guard-for-each-program.md.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

GRACE = 1.0  # seconds for a program whose stdin was closed, before it is asked to end
FORCE = 0.9  # seconds after that, before it is killed
REAP = 1.0  # seconds for the kernel to take away what was killed
MOST_MESSAGES = 256 * 1024  # bytes of the program's stderr
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NOT_STARTED = 127

Control = Callable[[int, int], int]


def main(argv: list[str]) -> int:
    watched, keeps, command = os.dup(int(argv[0])), argv[1] == "1", argv[2:]
    os.set_inheritable(int(argv[0]), int(argv[0]) <= 2)
    control = _control()
    control(PR_SET_CHILD_SUBREAPER, 1)  # what its children leave behind becomes ours
    wakes, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    messages, told = os.pipe()
    child = os.fork()
    if child == 0:
        _become(command, told, keeps, control)
    os.close(told)
    _let_go(int(argv[0]))
    return _Watch(child, watched, wakes, messages).until_end()


def _control() -> Control:
    """prctl, where there is one."""
    if not sys.platform.startswith("linux"):
        return lambda option, value: 0
    import ctypes  # 5 ms

    control: Control = ctypes.CDLL(None).prctl
    return control


def _become(command: list[str], told: int, keeps: bool, control: Control) -> None:
    """The program itself, in a session of its own; killed if its guard is."""
    try:
        os.setsid()
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.dup2(told, 2)
        signal.set_wakeup_fd(-1)
        for number in (
            signal.SIGCHLD,
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGHUP,
            signal.SIGPIPE,
        ):
            signal.signal(number, signal.SIG_DFL)
        environ = dict(os.environ)
        if not keeps:
            environ.pop("LC_CTYPE", None)
        os.execve(command[0], command, environ)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def _let_go(watched: int) -> None:
    """The program's own streams: as long as we had them too, nobody would see their ends."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    if watched > 2:
        os.close(watched)
    os.close(nowhere)


class _Watch:
    def __init__(self, child: int, watched: int, wakes: int, messages: int) -> None:
        self.child = child
        self.watched, self.wakes, self.messages = watched, wakes, messages
        self.room = MOST_MESSAGES
        self.stage, self.due = 0, 0.0  # how far the program was asked to end, and when comes more
        self.poll = select.poll()
        self.poll.register(watched, 0)  # only its end counts
        self.poll.register(wakes, select.POLLIN)
        self.poll.register(messages, select.POLLIN)

    def until_end(self) -> int:
        while True:
            left = max(0.0, self.due - time.monotonic()) if self.stage else None
            for descriptor, _ in self.poll.poll(None if left is None else left * 1000 + 1):
                self.see(descriptor)
            status = self.reaped()
            if status is not None:
                self.end_all()
                self.relay(65536)
                return status
            if self.stage and time.monotonic() >= self.due:
                self.press()

    def see(self, descriptor: int) -> None:
        if descriptor == self.messages:
            if not self.relay(65536):
                self.poll.unregister(descriptor)
        elif descriptor == self.watched:
            self.poll.unregister(descriptor)
            self.begin(GRACE)
        elif signal.SIGTERM in os.read(self.wakes, 4096):
            self.begin(0)

    def begin(self, grace: float) -> None:
        due = time.monotonic() + grace
        self.stage, self.due = max(self.stage, 1), min(self.due, due) if self.stage else due

    def press(self) -> None:
        """First a request to end, then no request."""
        number = signal.SIGTERM if self.stage == 1 else signal.SIGKILL
        _send(number, self.child)
        self.stage, self.due = self.stage + 1, time.monotonic() + FORCE

    def reaped(self) -> int | None:
        """The program's exit status once it has ended; others that ended are taken away."""
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if process == 0:
                return None
            if process == self.child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code

    def end_all(self) -> None:
        """What it left behind, and what that leaves behind."""
        until = time.monotonic() + REAP
        with suppress(ChildProcessError):
            while time.monotonic() < until:
                _send(signal.SIGKILL, self.child)
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
                time.sleep(0.005)

    def relay(self, most: int) -> bool:
        """Passes messages on while there is room; False at their end."""
        if not select.select([self.messages], [], [], 0)[0]:
            return True
        piece = os.read(self.messages, most)
        if piece and self.room > 0:
            with suppress(OSError):
                os.write(2, piece[: self.room])
            self.room -= len(piece)
        return bool(piece)


def _send(number: int, group: int) -> None:
    """To the program's group, which lives as long as any of it, and to all children with theirs."""
    children = _children()
    for leader in {group, *children}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)
    for child in children:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(child, number)


def _children() -> list[int]:
    """Ours that still run, where the kernel tells."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(number) for number in file.read().split()]
    except (OSError, ValueError):
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
