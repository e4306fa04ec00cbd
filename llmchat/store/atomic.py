"""Writes files atomically: to a draft in the same folder, which is then renamed."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from errno import EINVAL
from pathlib import Path
from time import time

from llmchat.errors import StorageError
from llmchat.language import msg

LEFT = re.compile(r"\.\d+\.llmchat$")
LONG_AGO = 86_400.0  # seconds
PRIVATE, PLAIN = 0o600, 0o666  # the umask takes from a plain file what others may not


def write_private(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Writes a file that only its owner can read. The caller holds the file's lock, so an existing
    draft was left by a killed process. `durable` waits for the disk."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    _replace(path, draft, [content], mode=PRIVATE, durable=durable)


def write_plain(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Writes a file with the mode it already has, or the default mode. Follows a link, and writes
    directly to a device or a pipe."""
    encoded = (p if isinstance(p, bytes) else p.encode("utf-8", "replace") for p in pieces)
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        from llmchat.system.opening import open_sink  # only for devices and pipes

        with open_sink(path) as file:
            file.writelines(encoded)
        return
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{target.name}.{os.getpid()}.llmchat")
    draft.unlink(missing_ok=True)  # of a killed process that had our number
    _sweep(target.parent)
    _replace(target, draft, encoded, mode=PLAIN, durable=True)


def _sweep(folder: Path) -> None:
    """Removes the drafts of killed processes. A living one, which may be on another machine, writes
    to its own all the time."""
    with suppress(OSError):
        for draft in folder.glob(".*.llmchat"):
            found = draft.lstat()
            is_ours = LEFT.search(draft.name) and stat.S_ISREG(found.st_mode)
            if is_ours and time() - found.st_mtime > LONG_AGO:
                draft.unlink()


def write_result(path: Path, result: str | bytes) -> None:
    """Writes the file of `-O`."""
    try:
        write_plain(path, [result])
    except OSError as error:
        raise StorageError(
            msg("cannot write {path}: {strerror}", path=path, strerror=error.strerror),
            hint=msg("choose another file, or free some disk space"),
        ) from error


def _replace(path: Path, draft: Path, pieces: Iterable[bytes], *, mode: int, durable: bool) -> None:
    check_no_device(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(draft, flags, mode), "wb") as file:
            if sys.platform != "win32" and mode == PRIVATE:
                os.fchmod(file.fileno(), mode)  # a umask may have removed the owner's rights
            file.writelines(pieces)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if mode == PLAIN and path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
        if durable:
            sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def check_no_device(path: Path) -> None:
    """Raises an error for a device: a user who may write to /dev would replace /dev/null by a file,
    for every program."""
    try:
        kind = os.lstat(path).st_mode
    except OSError:  # the error is raised when it is written
        return
    if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
        raise OSError(EINVAL, msg("not a regular file"), str(path))


def sync_folder(folder: Path) -> None:
    """Waits until the names of a folder's files are on disk."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems do not support it
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
