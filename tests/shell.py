"""One command line in this process, as a shell sees it: code, out and err together."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import httpx

from llmchat.cli.main import run
from llmchat.world import Clock, World

Answer = Callable[[httpx.Request], httpx.Response]


NOWHERE = {"LLMCHAT_FIND_LOCAL": "false"}  # no test asks a server that happens to run here


class Result(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Shell:
    """`shell("auth", "status")` runs one command line; `answer` is its fake network."""

    cwd: Path
    environ: dict[str, str]
    clock: Clock = field(default_factory=Clock)
    answer: Answer | None = None

    @property
    def home(self) -> Path:
        return Path(self.environ["LLMCHAT_HOME"])

    def __call__(
        self,
        *argv: str,
        stdin: str | TextIO = "",
        keyboard: bool = False,
        screen: bool = False,
        **environ: str,
    ) -> Result:
        """A `keyboard` is a stdin with a person, a `screen` a terminal for output."""
        out, err = (Screen(), Screen()) if screen else (io.StringIO(), io.StringIO())
        given = (Screen if keyboard else io.StringIO)(stdin) if isinstance(stdin, str) else stdin
        transport = httpx.MockTransport(self.answer) if self.answer else None
        named = {"TERM": "xterm"} if screen else {}
        variables = {**NOWHERE, **named, **self.environ, **environ}
        world = World(variables, given, out, err, self.cwd, self.clock, http=transport)
        return Result(run(list(argv), world), out.getvalue(), err.getvalue())

    def process(self, *argv: str, stdin: str = "", umask: int = -1) -> Result:
        """Runs the command line as a separate process."""
        done = subprocess.run(
            [sys.executable, "-m", "llmchat", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            env={**coverage_variables(), **NOWHERE, **self.environ},
            cwd=self.cwd,
            timeout=60,
            umask=umask,
        )
        return Result(done.returncode, done.stdout, done.stderr)


def coverage_variables() -> dict[str, str]:
    """Variables for measuring coverage in processes that tests start."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def editor(code: str) -> str:
    """An EDITOR that runs `code` on `file`."""
    program = f"import sys; from pathlib import Path; file = Path(sys.argv[-1]); {code}"
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"
