"""`World`: the environment, streams and clock as one argument; tests pass their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from llmchat.values.secret import Secret

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Clock:
    """The time in seconds since 1970, and a monotonic clock."""

    now: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class World:
    environ: Mapping[str, str]
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    cwd: Path
    clock: Clock = Clock()
    http: httpx.AsyncBaseTransport | None = None  # a fake network, for tests
    secrets: list[Secret] = field(default_factory=list)  # masked in all output
    endings: list[Callable[[], None]] = field(default_factory=list)  # what is open until the end

    def conceal(self, secret: Secret) -> None:
        """From now on it is masked on stderr, in errors, and in tracebacks."""
        if secret not in self.secrets:
            self.secrets.append(secret)
