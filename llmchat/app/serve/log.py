"""Logs one line per request, on stderr and in a file, without texts or keys."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from llmchat.app.serve.refusals import encoded
from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.store.atomic import PLAIN
from llmchat.system.opening import NotRegular, open_descriptor, open_sink
from llmchat.values.events import Usage
from llmchat.values.secret import without_keys

if TYPE_CHECKING:
    from llmchat.app.run.context import Context

LONGEST_NAME = 100  # characters of a model's name, which a client can choose


@dataclass(slots=True)
class LogEntry:
    """A request; the fields are filled in while it runs."""

    model: str
    began: float
    provider: str = ""
    usage: Usage = field(default_factory=Usage)
    status: int = 200
    outcome: str = "gone"


class RequestLog:
    """Counts requests and writes the log."""

    def __init__(self, context: Context, path: str) -> None:
        self._context = context
        self._path = path
        self._file = _opened(context, path) if path else None
        self._fails = False
        self.requests = 0
        self.failed = 0

    def begin(self, model: str) -> LogEntry:
        name = without_keys(model[: 2 * LONGEST_NAME])[:LONGEST_NAME]
        return LogEntry(name or "default", self._context.world.clock.ticks())

    def end(self, entry: LogEntry) -> None:
        self.requests += 1
        self.failed += entry.outcome not in ("stop", "length", "tool_calls", "ok")
        clock, usage = self._context.world.clock, entry.usage
        ms = round((clock.ticks() - entry.began) * 1000)
        moment = datetime.fromtimestamp(clock.now()).astimezone()
        tokens = f"{usage.prompt_tokens or 0}+{usage.completion_tokens or 0}"
        line = f"{moment:%H:%M:%S} {entry.model} {tokens} tokens {ms} ms {entry.outcome}"
        if self._file:
            row = {
                "schema": "llmchat.serve-log.v1",
                "time": moment.isoformat(timespec="milliseconds"),
                "model": entry.model,
                "provider": entry.provider,
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "ms": ms,
                "status": entry.status,
                "outcome": entry.outcome,
            }
            self._append(self._file, encoded(row) + b"\n")
        self._context.report.rows([line])

    def _append(self, file: RawIOBase, line: bytes) -> None:
        """Appends a line; a full disk is reported once, and ends no answer."""
        try:
            file.write(line)
            self._fails = False
        except OSError as error:
            if not self._fails:
                self._context.report.warning(_unwritable(self._path, error))
            self._fails = True

    def close(self) -> None:
        if self._file:
            self._file.close()


def _opened(context: Context, path: str) -> RawIOBase:
    try:
        return open(_descriptor(context.world.cwd / path), "ab", buffering=0)
    except OSError as error:
        raise ConfigError(_unwritable(path, error), hint=msg("check --jsonl-log")) from error


def _unwritable(path: str, error: OSError) -> str:
    reason = error.strerror or str(error)
    return msg("cannot write {path}: {reason}", path=path, reason=reason)


def _descriptor(path: Path) -> int:
    """Opens a file, or a stream that is read at once: a terminal, or the pipe of a shell's
    `>(...)`."""
    try:
        return open_descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode=PLAIN)
    except NotRegular:
        with open_sink(path) as sink:
            return os.dup(sink.fileno())
