"""A person at a terminal: a real pty, an emulator that answers its queries, keys by name."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte
import pytest
from ptyprocess import PtyProcess, PtyProcessError

PATIENCE = 60.0  # for a machine that is busy with other tests
KEYS = {
    "enter": "\r",
    "alt-enter": "\x1b\r",
    "ctrl-j": "\n",
    "shift-enter": "\x1b[13;2u",
    "ctrl-c": "\x03",
    "ctrl-d": "\x04",
    "ctrl-l": "\x0c",
    "ctrl-r": "\x12",
    "ctrl-u": "\x15",
    "ctrl-w": "\x17",
    "ctrl-z": "\x1a",
    "editor": "\x18\x05",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "backspace": "\x7f",
}


class Emulator(pyte.HistoryScreen):
    """Answers what programs ask a terminal."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, rows, history=100_000, ratio=0.5)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)

    @property
    def scrollback(self) -> list[str]:
        columns = range(self.columns)
        return ["".join(row[x].data for x in columns).rstrip() for row in self.history.top]


class Person:
    """What is typed and what is seen."""

    def __init__(
        self, command: Sequence[str], env: dict[str, str], cwd: Path, *, columns: int, rows: int
    ) -> None:
        self.process = PtyProcess.spawn(
            list(command), env=env, cwd=str(cwd), dimensions=(rows, columns)
        )
        self.before = self.stty()
        self.emulator = Emulator(columns, rows, self.type)
        self._stream = pyte.ByteStream(self.emulator)
        self.bytes = b""
        self.resizes = 0
        self._read: tuple[tuple[int, int], list[str], str] | None = None

    def type(self, text: str) -> None:
        data = text.encode()
        while data:
            written = os.write(self.process.fd, data[:1024])
            data = data[written:]
            if data:
                self.pump(0.0)

    def press(self, *names: str) -> None:
        for name in names:
            self.type(KEYS[name])

    def insist(self, key: str, condition: Callable[[], bool], what: str) -> None:
        """Presses a key until it is read alone: two that a busy machine reads at once are a
        paste."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"no {what} in:\n{self.text}"
            self.type(key)
            with suppress(AssertionError):
                self.until(condition, what, patience=2)

    def say(self, text: str) -> None:
        self.type(text + "\r")

    def paste(self, text: str) -> None:
        self.type(f"\x1b[200~{text}\x1b[201~")

    def pump(self, seconds: float) -> bool:
        """Reads what the program has written; False when it has ended."""
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            if not select.select([self.process.fd], [], [], min(left, 0.05))[0]:
                if time.monotonic() >= end:
                    return True
                continue
            try:
                data = os.read(self.process.fd, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.bytes += data
            self._stream.feed(data)

    def _seen(self) -> tuple[list[str], str]:
        """The screen and the whole output, updated only if there was new output."""
        now = (len(self.bytes), self.resizes)
        if self._read is None or self._read[0] != now:
            display = [line.rstrip() for line in self.emulator.display]
            text = "\n".join([*self.emulator.scrollback, *display]).rstrip()
            self._read = (now, display, text)
        return self._read[1:]

    @property
    def display(self) -> list[str]:
        return self._seen()[0]

    @property
    def screen(self) -> str:
        return "\n".join(self.display)

    @property
    def line(self) -> str:
        """The line of the cursor."""
        return self.display[self.emulator.cursor.y]

    @property
    def text(self) -> str:
        """The whole output, including what has scrolled away."""
        return self._seen()[1]

    def see(self, *wanted: str, times: int = 1) -> str:
        """Waits for a text, even if the screen's edge cut the line, or a message was wrapped."""

        def seen(what: str) -> bool:
            text = self.text
            shapes = (text, text.replace("\n", ""), " ".join(text.split()))
            return max(shape.count(what) for shape in shapes) >= times

        return self.until(lambda: all(map(seen, wanted)), str(wanted))

    def see_line(self, pattern: str) -> str:
        """Waits for a line on the screen that matches as a whole."""
        expression = re.compile(pattern)
        return self.until(lambda: any(expression.fullmatch(x) for x in self.display), pattern)

    def prompt(self, *texts: str) -> str:
        """Waits for the input line with this text (or one of these) in it; without one it is
        empty."""
        wanted = [f"> {text}".rstrip() for text in texts or ("",)]

        def ready() -> bool:
            row = self.emulator.cursor.y
            return self.line in wanted and bool(self.display[-1] or self._toolbar(row))

        return self.until(ready, f"the prompt {wanted}")

    def write(self, text: str) -> None:
        """Types a text, and waits until it is in the line."""
        self.type(text)
        self.until(lambda: self.line.endswith(text.rstrip()), f"{text!r} in the line")

    def _toolbar(self, row: int) -> bool:
        return any("demo" in line for line in self.display[row + 1 :])

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> str:
        end = time.monotonic() + patience
        while not condition():
            if not self.pump(0.03) and not condition():
                raise AssertionError(f"it ended without {what}:\n{self.text}")
            if time.monotonic() > end:
                raise AssertionError(f"no {what} in:\n{self.text}")
        return self.text

    def resize(self, columns: int, rows: int) -> None:
        self.emulator.resize(rows, columns)
        self.resizes += 1
        self.process.setwinsize(rows, columns)

    def stty(self) -> Any:
        return termios.tcgetattr(self.process.fd)

    def end(self) -> int:
        """Waits for the end; returns the exit status, or the negative signal."""
        self.until_ended()
        self.process.wait()
        status = self.process.exitstatus
        return int(-self.process.signalstatus if status is None else status)

    def leave(self) -> None:
        """Exits as a person would, whatever the session is doing; a killed process reports no
        coverage."""
        for key in ("ctrl-c", "ctrl-d", "ctrl-c", "ctrl-d"):
            if not self.process.isalive():
                break
            with suppress(OSError):
                self.press(key)
                self.pump(0.15)
        with suppress(PtyProcessError):
            self.process.close(force=True)

    def until_ended(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.pump(0.05):
            if not self.process.isalive():
                self.pump(0.1)
                return
            assert time.monotonic() < end, f"it does not end:\n{self.text}"


Chat = Callable[..., Person]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LLMCHAT")}
    for name in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "TMUX"):
        kept.pop(name, None)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "EDITOR", "VISUAL", "STY"):
        kept.pop(name, None)
    return {
        **kept,
        "LLMCHAT_HOME": str(home),
        "LLMCHAT_FIND_LOCAL": "false",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def chat(tmp_path: Path, environment: dict[str, str]) -> Iterator[Chat]:
    """`chat("-o", "delay_ms", "30")` is a session with the demo at a terminal."""
    people: list[Person] = []

    def start(
        *arguments: str,
        columns: int = 90,
        rows: int = 30,
        stdin: str = "",
        fresh: bool = False,
        demo: bool = True,
        **env: str,
    ) -> Person:
        who = ("-p", "demo") if demo else ()
        words = [sys.executable, "-m", "llmchat", "chat", *who, *arguments]
        if stdin:
            (tmp_path / "stdin").write_text(stdin)
            words = [
                "sh",
                "-c",
                'f=$1; shift; cat "$f" | "$@"',
                "sh",
                str(tmp_path / "stdin"),
                *words,
            ]
        place = Path(environment["LLMCHAT_HOME"])
        if not fresh and not place.exists():  # not the very first start, which explains keys
            place.mkdir(mode=0o700)
            (place / "repl_history").touch(mode=0o600)
        person = Person(words, {**environment, **env}, tmp_path, columns=columns, rows=rows)
        people.append(person)
        return person

    yield start
    for person in people:
        person.leave()
