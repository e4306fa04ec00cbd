"""Writes what servers print on stderr, and what the SDK logs about them, to a file for each
server."""

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

LARGEST = 256 * 1024  # bytes until a new file is begun; a guard adds as many at most
LONGEST = 300  # characters of a line that is quoted in an error
LOGGERS = ("mcp", "httpx2", "httpcore2", "client")
# Errors of an SSE connection that the SDK only logs, then waiting for answers that cannot come.
FATAL = ("Error in sse_reader", "Error in post_writer")

_current: ContextVar[TextIO | None] = ContextVar("log of a tool server", default=None)
_on_fatal: ContextVar[Callable[[Exception], None] | None] = ContextVar("its end", default=None)


class ServerLog:
    """The log file of one server; if it cannot be written, nothing is logged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """The file for one run of the server; also receives the SDK's log messages from this
        task."""
        with self._file() as file:
            print(time.strftime("-- started %Y-%m-%d %H:%M:%S"), file=file, flush=True)
            self._start = file.tell()
            _route()
            token = _current.set(file)
            try:
                yield file
            finally:
                with suppress(ValueError):  # when the loop is closed, this runs in another context
                    _current.reset(token)

    def last_line(self) -> str:
        """The last line of this run; "" if there was none."""
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
    """Calls `on_fatal` with the error after which nothing more arrives on this task's
    connection."""
    token = _on_fatal.set(on_fatal)
    try:
        yield
    finally:
        with suppress(ValueError):  # as above
            _on_fatal.reset(token)


class _ToServer(logging.Handler):
    """Writes the SDK's log messages to the log of the server that the current task serves."""

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
    """Installs the handler, once: otherwise logging would write to stderr."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, _ToServer) for handler in logger.handlers):
            logger.addHandler(_ToServer())
            logger.propagate = False
