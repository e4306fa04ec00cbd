"""Runs one program, and ends it with everything it started as soon as llmchat has ended.

A separate script, run in isolated mode: it imports nothing from llmchat. `guard.py WATCHED KEEPS
PROGRAM ARGS...`: WATCHED is a descriptor whose other end llmchat has open, and KEEPS is 1 if
LC_CTYPE was given, because the interpreter may set it itself.

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

GRACE = 1.0  # seconds after its stdin was closed, before the program is asked to end
FORCE = 0.9  # seconds after that, before it is killed
REAP = 1.0  # seconds for the kernel to remove killed processes
MOST_MESSAGES = 256 * 1024  # bytes of the program's stderr
LONGEST_ANSWER = 16 * 1024 * 1024  # bytes of one line of a server, which llmchat reads whole
PIECE = 64 * 1024  # bytes
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NOT_STARTED = 127

Control = Callable[[int, int], int]


def main(argv: list[str]) -> int:
    watched, keeps, command = os.dup(int(argv[0])), argv[1] == "1", argv[2:]
    os.set_inheritable(int(argv[0]), int(argv[0]) <= 2)
    control = _control()
    control(PR_SET_CHILD_SUBREAPER, 1)  # orphaned grandchildren become our children
    wakes, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    relays, ends = _relays(is_server=int(argv[0]) == 0)
    child = os.fork()
    if child == 0:
        _become(command, ends, keeps, control)
    for end in ends.values():
        os.close(end)
    _let_go(int(argv[0]))
    return _Watch(child, watched, wakes, relays).until_end()


class Relay:
    """Passes on the program's output: up to `room` bytes, or lines up to that length."""

    def __init__(self, source: int, target: int, room: int, *, by_line: bool) -> None:
        self.source, self.target = source, target
        self.most = self.room = room
        self.by_line = by_line

    def pass_on(self) -> bool:
        """Passes on one piece of what is available; False at the end."""
        if not select.select([self.source], [], [], 0)[0]:
            return True
        piece = os.read(self.source, PIECE)
        with suppress(OSError):  # nobody reads any more
            self._write(piece if self.by_line else piece[: max(0, self.room)])
        last = piece.rfind(b"\n") + 1 if self.by_line else 0
        self.room = (self.most if last else self.room) - len(piece[last:])
        return bool(piece)

    def _write(self, piece: bytes) -> None:
        while piece:
            piece = piece[os.write(self.target, piece) :]

    @property
    def is_flooded(self) -> bool:
        return self.by_line and self.room < 0


def _relays(*, is_server: bool) -> tuple[list[Relay], dict[int, int]]:
    """Relays for stderr and a server's stdout, and the descriptors that the program gets for
    them."""
    messages, told = os.pipe()
    relays, ends = [Relay(messages, 2, MOST_MESSAGES, by_line=False)], {2: told}
    if is_server:
        answers, said = os.pipe()
        relays.append(Relay(answers, os.dup(1), LONGEST_ANSWER, by_line=True))
        ends[1] = said
    return relays, ends


def _control() -> Control:
    """prctl, if the system has it."""
    if not sys.platform.startswith("linux"):
        return lambda option, value: 0
    import ctypes  # 5 ms

    control: Control = ctypes.CDLL(None).prctl
    return control


def _become(command: list[str], ends: dict[int, int], keeps: bool, control: Control) -> None:
    """Becomes the program, in a session of its own; killed if its guard is killed."""
    try:
        os.setsid()
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        for place, end in ends.items():
            os.dup2(end, place)
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
    """Closes our copies of the program's streams: otherwise nobody would see their end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    if watched > 2:
        os.close(watched)
    os.close(nowhere)


class _Watch:
    def __init__(self, child: int, watched: int, wakes: int, relays: list[Relay]) -> None:
        self.child, self.watched, self.wakes = child, watched, wakes
        self.relays = {relay.source: relay for relay in relays}
        # How far the program was told to end, and when the next step is due.
        self.stage, self.due = 0, 0.0
        self.poll = select.poll()
        self.poll.register(watched, 0)  # only to notice its end
        self.poll.register(wakes, select.POLLIN)
        for source in self.relays:
            self.poll.register(source, select.POLLIN)

    def until_end(self) -> int:
        while True:
            left = max(0.0, self.due - time.monotonic()) if self.stage else None
            for descriptor, _ in self.poll.poll(None if left is None else left * 1000 + 1):
                self.see(descriptor)
            status = self.reaped()
            if status is not None:
                self.end_all()
                self.pass_on_the_rest()
                return status
            if self.stage and time.monotonic() >= self.due:
                self.press()

    def see(self, descriptor: int) -> None:
        if descriptor in self.relays:
            relay = self.relays[descriptor]
            if not relay.pass_on():
                self.poll.unregister(descriptor)
            if relay.is_flooded:
                self.poll.unregister(descriptor)
                os.write(2, f"a line of more than {LONGEST_ANSWER:,} bytes\n".encode())
                self.begin(0)
        elif descriptor == self.watched:
            self.poll.unregister(descriptor)
            self.begin(GRACE)
        elif signal.SIGTERM in os.read(self.wakes, 4096):
            self.begin(0)

    def begin(self, grace: float) -> None:
        due = time.monotonic() + grace
        self.stage, self.due = max(self.stage, 1), min(self.due, due) if self.stage else due

    def press(self) -> None:
        """Takes the next step: a request to end, then a kill."""
        number = signal.SIGTERM if self.stage == 1 else signal.SIGKILL
        _send(number, self.child)
        self.stage, self.due = self.stage + 1, time.monotonic() + FORCE

    def reaped(self) -> int | None:
        """The program's exit status once it has ended; reaps other children."""
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
        """Ends the processes that it left behind, and those that they leave behind."""
        until = time.monotonic() + REAP
        with suppress(ChildProcessError):
            while time.monotonic() < until:
                _send(signal.SIGKILL, self.child)
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
                time.sleep(0.005)

    def pass_on_the_rest(self) -> None:
        """Passes on the remaining output; no process writes any more, so it ends."""
        until = time.monotonic() + REAP
        for relay in self.relays.values():
            while not relay.is_flooded and time.monotonic() < until and relay.pass_on():
                pass


def _send(number: int, group: int) -> None:
    """Sends a signal to the program's group, which exists as long as any of its processes, and to
    all children with their groups."""
    children = _children()
    for leader in {group, *children}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)
    for child in children:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(child, number)


def _children() -> list[int]:
    """Our running children, if the kernel lists them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(number) for number in file.read().split()]
    except (OSError, ValueError):
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
