"""The command line in this process or in one of its own, with a strict GigaChat behind it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from llmchat.cli.main import run
from llmchat.world import Clock, World
from tests.servers.fixtures import authority, ca_file, rogue, server
from tests.servers.gigachat import StrictGigaChat

__all__ = ["authority", "ca_file", "rogue", "server"]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return self.out + self.err


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Shell:
    """`shell("auth", "status")` runs one command line."""

    environ: dict[str, str]
    cwd: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def home(self) -> Path:
        return Path(self.environ["LLMCHAT_HOME"])

    def __call__(self, *argv: str, stdin: str = "", screen: bool = False) -> Ended:
        out, err = (Screen(), Screen()) if screen else (io.StringIO(), io.StringIO())
        world = World(self.environ, io.StringIO(stdin), out, err, self.cwd, self.clock)
        code = run(list(argv), world)
        return Ended(code, out.getvalue(), err.getvalue())

    def process(self, *argv: str, stdin: str = "", umask: int = -1) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "llmchat", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environ,
            cwd=self.cwd,
            timeout=60,
            umask=umask,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def environment(server: StrictGigaChat, home: Path) -> dict[str, str]:
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {
        **coverage,
        "LLMCHAT_HOME": str(home),
        "HOME": str(home.parent),
        "PATH": "/usr/bin:/bin",
        "GIGACHAT_BASE_URL": server.base_url,
        "GIGACHAT_AUTH_URL": server.auth_url,
        "GIGACHAT_CA_BUNDLE_FILE": str(server.ca),
    }


@pytest.fixture
def shell(server: StrictGigaChat, tmp_path: Path) -> Shell:
    return Shell(environment(server, tmp_path / "home"), tmp_path)


@pytest.fixture
def with_environ(shell: Shell) -> Callable[[Mapping[str, str]], Shell]:
    return lambda more: Shell({**shell.environ, **more}, shell.cwd, shell.clock)
