"""An exclusive lock between processes: a kernel lock on a side file.

The kernel releases it when its holder ends, so the side file is never deleted, and its existence
means nothing. Waiting is done by polling (docs/decisions/0051-locks-are-polled.md).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.store.ownership import (
    LINK_ERRORS,
    PRIVATE_FILE,
    Unwritable,
    check_file,
    make_private,
    unreadable,
    unwritable,
)
from llmchat.system.opening import NotRegular, open_descriptor

PATIENCE = 10.0  # seconds to wait for the lock around a write, which normally takes 10 ms
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.05
SILENT = 2.0  # seconds of waiting before the person is told

Tell = Callable[[str], object]


class FileLock:
    """A lock; `path` is the side file, in an existing folder. Errors name the file that it
    `guards`, if given."""

    def __init__(self, path: Path, *, guards: Path | None = None) -> None:
        self._path = path
        self._guards = guards or path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Takes the lock if it is free; returns whether it did."""
        descriptor = _open(self._path, self._guards)
        try:
            free = _try_lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if free:
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return free

    def holder(self) -> int:
        """The process that holds it, 0 if unknown: only Linux lists locks."""
        try:
            status = self._path.stat()
            with open("/proc/locks", encoding="ascii") as listed:
                rows = [line.split() for line in listed]
        except (OSError, ValueError):
            return 0
        device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        held = (int(row[4]) for row in rows if row[1] == "FLOCK" and row[5] == device)
        return next(held, 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def locked(path: Path, *, patience: float = PATIENCE, tell: Tell | None = None) -> Iterator[None]:
    """Holds the lock of the file `path` in the block. It is normally held for milliseconds, so
    waiting blocks; if it may take longer, `tell` gets a line that says who holds it."""
    lock = FileLock(path.with_name(f".{path.name}.lock"), guards=path)
    begin, pause = time.monotonic(), FIRST_PAUSE
    while not lock.acquire():
        waited = time.monotonic() - begin
        if waited > patience:
            raise in_use(path)
        if tell and waited > SILENT:
            tell(waiting_line(path, lock.holder()))
            tell = None
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    try:
        yield
    finally:
        lock.release()


def in_use(path: Path) -> StorageError:
    return StorageError(
        msg("another llmchat is writing {path}", path=path),
        hint=msg("wait for it to finish or stop it, then try again"),
    )


def waiting_line(path: Path, process: int) -> str:
    if process:
        return msg(
            "another llmchat (process {process}) is writing {path}; waiting for it",
            process=process,
            path=path,
        )
    return msg("another llmchat is writing {path}; waiting for it", path=path)


def _open(path: Path, guarded: Path) -> int:
    try:
        descriptor = open_descriptor(path, os.O_RDWR | os.O_CREAT, mode=PRIVATE_FILE, follow=False)
    except OSError as error:
        if error.errno in LINK_ERRORS or isinstance(error, NotRegular):
            raise unreadable(path, error) from error
        raise unwritable(guarded, error) from error
    try:
        check_file(descriptor, path)
        make_private(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Unwritable(
                msg("this file system does not support locks: {strerror}", strerror=error.strerror),
                hint=msg("set LLMCHAT_HOME to a folder on a local disk"),
            ) from error
        return True
