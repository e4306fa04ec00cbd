"""Private files: written whole or not at all, read and locked only when they are ours."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from errno import ELOOP, EMLINK, ENOTDIR
from pathlib import Path

from llmchat.errors import StorageError

Warn = Callable[[str], None]
Change = Callable[[bytes | None], bytes | None]

FILE_MODE = 0o600
FOLDER_MODE = 0o700
OTHERS = 0o077
LARGEST_FILE = 4 * 1024 * 1024  # a store of keys and tokens is a few kB; more is not ours
WRITE_PATIENCE = 10.0  # seconds for the brief lock around a write; a healthy write takes 10 ms
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.05
LINK_ERRORS = (ELOOP, EMLINK)  # what O_NOFOLLOW answers: Linux and macOS, FreeBSD
UNIX = sys.platform != "win32"  # elsewhere the home folder's own access list guards the files


class Unwritable(StorageError):
    """The disk or its rights do not allow the write; nothing is wrong with what is there."""


def no_warning(text: str) -> None:
    """For callers that have nobody to tell."""


def read_private(path: Path, warn: Warn = no_warning) -> bytes | None:
    """The bytes of a file of ours, None where there is none; a looser mode is mended."""
    if not _check_folder(path.parent, warn):
        return None
    descriptor = _open_existing(path)
    if descriptor is None:
        return None
    with open(descriptor, "rb") as file:
        _check_file(descriptor, path, warn)
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise StorageError(f"{path} is larger than a file of ours can be", hint=_away(path))
    return content


def change_private(path: Path, change: Change, warn: Warn = no_warning) -> None:
    """Puts what `change` makes of the present bytes in their place, whole or not at all; None
    deletes the file. Others that change the same file wait for each other."""
    private_folder(path.parent, warn)
    with brief_lock(path):
        before = read_private(path, warn)
        after = change(before)
        if after is None:
            path.unlink(missing_ok=True)
        elif after != before:
            _replace(path, after)


def private_folder(folder: Path, warn: Warn = no_warning) -> None:
    """Makes the folder and its missing parents, for their owner alone."""
    missing = [folder, *folder.parents]
    try:
        while missing and missing[-1].exists():
            missing.pop()
        for part in reversed(missing):
            part.mkdir(mode=FOLDER_MODE, exist_ok=True)
            part.chmod(FOLDER_MODE)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not _check_folder(folder, warn):
        raise _unwritable(folder, NotADirectoryError(ENOTDIR, "a file is in its place"))


class KernelLock:
    """An exclusive lock on a side file. The kernel releases it with its holder, however that ends,
    so the side file is never deleted and its presence means nothing."""

    def __init__(self, path: Path, warn: Warn = no_warning) -> None:
        self._path = path
        self._warn = warn
        self._descriptor: int | None = None

    def enter(self) -> bool:
        """Takes the lock now or not at all."""
        private_folder(self._path.parent, self._warn)
        descriptor = _open_lock(self._path)
        if not _try_lock(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextlib.contextmanager
def brief_lock(path: Path, *, patience: float = WRITE_PATIENCE) -> Iterator[None]:
    """The lock around a change of `path`; it is held for milliseconds, so waiting blocks."""
    lock = KernelLock(path.with_name(f".{path.name}.lock"))
    end, pause = time.monotonic() + patience, FIRST_PAUSE
    while not lock.enter():
        if time.monotonic() > end:
            raise StorageError(
                f"{path} is being written by another llmchat, for {patience:.0f} s already",
                hint="end the other llmchat, then try again",
            )
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    try:
        yield
    finally:
        lock.leave()


def _replace(path: Path, content: bytes) -> None:
    """Called under the lock: a temporary file that is there already is left from a killed one."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        _write_draft(draft, content)
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _write_draft(draft: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _flag("O_NOFOLLOW") | _flag("O_BINARY")
    with open(os.open(draft, flags, FILE_MODE), "wb") as file:
        _own(file.fileno())
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _own(descriptor: int) -> None:
    """A umask may have taken the owner's own rights."""
    if sys.platform != "win32":
        os.fchmod(descriptor, FILE_MODE)


def _sync_folder(folder: Path) -> None:
    if not UNIX:
        return
    descriptor = os.open(folder, os.O_RDONLY | _flag("O_DIRECTORY"))
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_existing(path: Path) -> int | None:
    """O_NONBLOCK: a named pipe in the file's place must not hang us before it is refused."""
    flags = os.O_RDONLY | _flag("O_NOFOLLOW") | _flag("O_NONBLOCK") | _flag("O_BINARY")
    try:
        return os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _open_lock(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | _flag("O_NOFOLLOW") | _flag("O_NONBLOCK")
    try:
        descriptor = os.open(path, flags, FILE_MODE)
    except OSError as error:
        if error.errno in LINK_ERRORS:
            raise _unreadable(path, error) from error
        raise _unwritable(path, error) from error
    try:
        _check_file(descriptor, path, no_warning)
        _own(descriptor)
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
                f"this file system has no locks: {error.strerror}",
                hint="LLMCHAT_HOME=FOLDER on a local disk",
            ) from error
        return True


def _check_file(descriptor: int, path: Path, warn: Warn) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(f"{path} is not an ordinary file", hint=_away(path))
    if sys.platform == "win32":
        return
    _check_owner(path, status.st_uid)
    if status.st_mode & OTHERS:
        os.fchmod(descriptor, FILE_MODE)
        warn(f"{path} was open to others (mode {status.st_mode & 0o777:04o}); it is 0600 now")


def _check_folder(folder: Path, warn: Warn) -> bool:
    """Whether there is one, and then of ours; a looser mode is mended."""
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(folder, error) from error
    if not stat.S_ISDIR(status.st_mode):
        return False
    if sys.platform != "win32":
        _check_owner(folder, status.st_uid)
        if status.st_mode & OTHERS:
            _mend_folder(folder, status, warn)
    return True


def _mend_folder(folder: Path, status: os.stat_result, warn: Warn) -> None:
    if status.st_mode & stat.S_ISVTX:
        raise StorageError(
            f"{folder} is a folder for everybody; keys need one of their own",
            hint=f"LLMCHAT_HOME={folder / 'llmchat'}",
        )
    try:
        folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise _unwritable(folder, error) from error
    warn(f"{folder} was open to others (mode {status.st_mode & 0o777:04o}); it is 0700 now")


def _check_owner(path: Path, owner: int) -> None:
    if sys.platform != "win32" and owner != os.geteuid():
        raise StorageError(
            f"{path} belongs to another user (uid {owner}); it is not used",
            hint=f"ls -ld '{path}', then chown it or move it away",
        )


def _flag(name: str) -> int:
    return int(getattr(os, name, 0))


def _unwritable(path: Path, error: OSError) -> Unwritable:
    return Unwritable(
        f"{path} cannot be written: {error.strerror or error}",
        hint="llmchat doctor, or LLMCHAT_HOME=FOLDER for another place",
    )


def _unreadable(path: Path, error: OSError) -> StorageError:
    if error.errno in LINK_ERRORS:
        return StorageError(f"{path} is a symbolic link; it is not followed", hint=_away(path))
    return StorageError(
        f"{path} cannot be read: {error.strerror or error}", hint=f"ls -ld '{path}'"
    )


def _away(path: Path) -> str:
    return f"mv '{path}' '{path}.old', then try again"
