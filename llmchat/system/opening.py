"""Opens a regular file without blocking, or raises an error.

A pipe, a device or a folder in place of a file must neither block llmchat nor be read without end;
all files, llmchat's own and those named by a person, are opened here. Why:
docs/decisions/0154-one-home-for-opening.md.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from errno import EAGAIN, EINVAL, EISDIR, ENXIO
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, BinaryIO

from llmchat.errors import UsageError
from llmchat.language import msg

# Pipes that the shell made for `<(...)`, or inherited ones: there is a program at their other end.
INHERITED = ("/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/self/fd/")
STREAMS = (0, 1, 2)  # the numbers of the standard streams
# Devices that never end; their reader has a limit.
ENDLESS = ("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
SOON = 1.0  # seconds to wait until the other end of a pipe is opened
PIPE_PATIENCE = 5.0  # seconds to wait for the first data after that
LOOK = 0.05  # seconds between two checks for a reader
_FLAGS = ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")  # flags that not every system has


class NotRegular(OSError):
    """The path is not a regular file."""


# Errors when reading one of llmchat's files, if it is something else or contains nonsense.
ROTTEN = (
    NotRegular,
    IsADirectoryError,
    ValueError,
    TypeError,
    KeyError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)


def open_descriptor(
    path: Path | str, flags: int = os.O_RDONLY, *, mode: int = 0o600, follow: bool = True
) -> int:
    """The descriptor of a regular file; raises an OSError with a readable text otherwise. With
    `follow=False` a link is refused, for a folder walk that has checked before, and for private
    files."""
    flags |= 0 if follow else getattr(os, "O_NOFOLLOW", 0)
    for name in _FLAGS:
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags, mode)
    except OSError as error:
        if error.errno == ENXIO:  # a socket, or a pipe without a reader
            raise _not_regular(path) from error
        raise
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
        if not stat.S_ISREG(kind) and not _is_null(descriptor):
            raise _not_regular(path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class _AtOnce(FileIO):
    """A file in /proc may have no data yet, for which a raw read returns None; this returns b""."""

    def readinto(self, buffer: Any) -> int:
        return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        return super().readall() or b""


def open_regular(path: Path | str, *, follow: bool = True) -> BufferedReader:
    """Opens a file for reading."""
    return BufferedReader(_AtOnce(open_descriptor(path, follow=follow)))


def is_file(path: Path | str) -> bool:
    """Whether there is a file. Before Python 3.14, `Path.is_file` raises for too long a name and
    for a folder that may not be entered; both return False here."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112


def is_there(path: Path | str) -> bool:
    return os.path.exists(path)  # noqa: PTH110


def from_home(path: Path | str) -> Path:
    """The path with `~` expanded; `~name` is unchanged if there is no such user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # pathlib raises where nobody is


def read_regular(path: Path | str, most: int, *, follow: bool = True) -> bytes:
    """Reads at most `most` bytes of a file."""
    with open_regular(path, follow=follow) as file:
        return file.read(most)


def read_named(path: Path, most: int, *, too_large: UsageError) -> str:
    """The text of a file that a person named; raises `too_large` for more than `most` bytes."""
    try:
        content = read_regular(path, most + 1)
    except OSError as error:
        raise UsageError(
            msg("cannot read {path}: {strerror}", path=path, strerror=error.strerror),
            hint=msg("check the path"),
        ) from error
    if len(content) > most:
        raise too_large
    return content.decode("utf-8-sig", "replace")


def open_given(path: Path | str, *, patience: float = PIPE_PATIENCE) -> BinaryIO:
    """Opens input that a person named: a file, or a pipe with a writer."""
    if str(path).startswith(INHERITED):
        return _not_our_own(open(path, "rb"), path)
    if str(path) in ENDLESS:
        return open(path, "rb")
    return _open_pipe(path, patience) if _is(stat.S_ISFIFO, path) else open_regular(path)


def open_sink(path: Path | str, *, patience: float = SOON) -> BinaryIO:
    """Opens output that a person named and that is not a regular file: a device, or a pipe with a
    reader. Without a reader, opening a pipe would block forever."""
    if str(path).startswith(INHERITED):
        return _not_our_own(open(path, "wb"), path)
    end = time.monotonic() + patience
    flags = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    while True:
        try:
            descriptor = os.open(path, flags)
            break
        except OSError as error:
            if error.errno != ENXIO:
                raise
            if not _is(stat.S_ISFIFO, path):
                raise _not_regular(path) from error
            if time.monotonic() > end:
                raise OSError(EAGAIN, "nobody reads this pipe", str(path)) from error
        time.sleep(LOOK)
    os.set_blocking(descriptor, True)
    return _not_our_own(open(descriptor, "wb"), path)


def _open_pipe(path: Path | str, patience: float) -> BinaryIO:
    """Opens a pipe for reading. A plain open would wait for a writer, perhaps forever, and ignore
    Ctrl-C."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    soon = _is_readable(descriptor, min(SOON, patience))
    if not (soon or (_has_writer(descriptor) and _is_readable(descriptor, patience))):
        os.close(descriptor)
        raise OSError(EAGAIN, "nobody writes to this pipe", str(path))
    os.set_blocking(descriptor, True)
    return _not_our_own(open(descriptor, "rb"), path)


def _is_readable(descriptor: int, patience: float) -> bool:
    import select  # only for pipes

    return bool(select.select([descriptor], [], [], patience)[0])


def _has_writer(descriptor: int) -> bool:
    """Whether an empty pipe has a writer; without one it is at its end."""
    try:
        os.read(descriptor, 1)
    except BlockingIOError:
        return True
    return False


def _not_our_own(file: BinaryIO, path: Path | str) -> BinaryIO:
    """Returns the file, or raises an error for a pipe whose other end is open in this process,
    which would never end."""
    name = Path(path).name
    ends = (*STREAMS, *([int(name)] if name.isdecimal() else ()))
    if _is_fifo(file.fileno()) and any(_is_other_end(end, file) for end in ends):
        reads = file.readable()
        file.close()
        why = msg("llmchat itself writes to it") if reads else msg("llmchat itself reads it")
        raise OSError(EINVAL, why, str(path))
    return file


def _is_fifo(descriptor: int) -> bool:
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _is_other_end(end: int, file: BinaryIO) -> bool:
    import fcntl  # only for pipes

    try:
        is_same = os.path.samestat(os.fstat(end), os.fstat(file.fileno()))
        mode = fcntl.fcntl(end, fcntl.F_GETFL) & os.O_ACCMODE if is_same else None
    except (OSError, OverflowError):  # no open file has this number
        return False
    return mode in (os.O_RDWR, os.O_WRONLY if file.readable() else os.O_RDONLY)


def _is(kind: Callable[[int], bool], path: Path | str) -> bool:
    try:
        return kind(Path(path).stat().st_mode)
    except OSError:
        return False


def _is_null(descriptor: int) -> bool:
    """Whether it is `/dev/null`, by which a person means no input."""
    status = os.fstat(descriptor)
    try:
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == Path(os.devnull).stat().st_rdev
    except OSError:
        return False


def _not_regular(path: Path | str) -> OSError:
    return NotRegular(EINVAL, msg("not a regular file"), str(path))
