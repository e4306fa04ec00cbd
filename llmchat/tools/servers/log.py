"""What servers print on stderr, and what the SDK says about them, in a file for each server."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

from llmchat.errors import StorageError
from llmchat.store.ownership import PRIVATE_FILE, private_folder
from llmchat.system.opening import open_descriptor, open_regular

LARGEST = 256 * 1024  # bytes before a new file is begun; a guard adds as many at most
LONGEST = 300  # characters of a line that is repeated in an error
LOGGERS = ("mcp", "httpx2", "httpcore2", "client")
# Of an SSE connection: the SDK logs them, and goes on waiting for answers that cannot come.
FATAL = ("Error in sse_reader", "Error in post_writer")

_current: ContextVar[TextIO | None] = ContextVar("log of a tool server", default=None)
_on_fatal: ContextVar[Callable[[Exception], None] | None] = ContextVar("its end", default=None)


class ServerLog:
    """The file of one server; where it cannot be written, nothing is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """For one run of the server; what the SDK says in this task goes there as well."""
        with self._file() as file:
            print(time.strftime("-- started %Y-%m-%d %H:%M:%S"), file=file, flush=True)
            self._start = file.tell()
            _route()
            token = _current.set(file)
            try:
                yield file
            finally:
                with suppress(ValueError):  # another context ends it when the loop is closed
                    _current.reset(token)

    def last_line(self) -> str:
        """The last thing that this run of the server said; empty when it was silent."""
        with suppress(OSError), open_regular(self.path) as file:
            file.seek(max(self._start, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")[:LONGEST]
        return ""

    def _file(self) -> TextIO:
        try:
            private_folder(self.path.parent)
            if self.path.exists() and self.path.stat().st_size > LARGEST:
                self.path.replace(self.path.with_suffix(".old.log"))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = open_descriptor(self.path, flags, mode=PRIVATE_FILE, follow=False)
            return open(descriptor, "a", encoding="utf-8", errors="replace")
        except (OSError, StorageError):
            return open(os.devnull, "a", encoding="utf-8")


@contextmanager
def told_of_the_end(on_fatal: Callable[[Exception], None]) -> Iterator[None]:
    """Calls it with the error after which nothing arrives on a connection of this task any more."""
    token = _on_fatal.set(on_fatal)
    try:
        yield
    finally:
        with suppress(ValueError):  # as above
            _on_fatal.reset(token)


class _ToServer(logging.Handler):
    """Writes what the SDK says into the log of the server whose task it says it in."""

    def emit(self, record: logging.LogRecord) -> None:
        self._write(record)
        on_fatal, cause = _on_fatal.get(), record.exc_info and record.exc_info[1]
        if on_fatal and isinstance(cause, Exception) and record.getMessage() in FATAL:
            on_fatal(cause)

    def _write(self, record: logging.LogRecord) -> None:
        file = _current.get()
        with suppress(OSError, ValueError):
            if file and os.fstat(file.fileno()).st_size < 2 * LARGEST:
                print(record.getMessage()[:LONGEST], file=file, flush=True)


def _route() -> None:
    """Once: else logging would write to stderr, which is not ours to give away."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, _ToServer) for handler in logger.handlers):
            logger.addHandler(_ToServer())
            logger.propagate = False
