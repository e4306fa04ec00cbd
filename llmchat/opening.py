"""Opens a file to read: a regular one, at once, or not at all.

A pipe, a device or a folder in the place of a file must neither hang us nor be read without end;
every file of ours, or named by a person, is opened here.
"""

from __future__ import annotations

import os
import stat
from errno import EAGAIN, EINVAL, EISDIR, ENXIO
from pathlib import Path
from typing import BinaryIO

# Pipes that the shell made for `<(...)`, or that were inherited: somebody writes to them.
INHERITED = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
# Devices that always answer: whoever reads them has a limit.
ENDLESS = ("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PIPE_PATIENCE = 5.0  # seconds for the first bytes
_FLAGS = ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")  # which not every system has


def open_regular(path: Path | str, *, follow: bool = True) -> BinaryIO:
    """The file, open; an OSError in words for what is no regular file. Without `follow` a link is
    refused, for a walk that has looked before."""
    flags = os.O_RDONLY | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    for name in _FLAGS:
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == ENXIO:  # a socket
            raise _not_regular(path) from error
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
        if not stat.S_ISREG(mode) and not _is_null(descriptor):
            raise _not_regular(path)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path | str, most: int, *, follow: bool = True) -> bytes:
    """At most `most` bytes of it."""
    with open_regular(path, follow=follow) as file:
        return file.read(most)


def open_given(path: Path | str, *, patience: float = PIPE_PATIENCE) -> BinaryIO:
    """What a person named as input: a file, or a pipe that somebody writes to."""
    if str(path).startswith(INHERITED) or str(path) in ENDLESS:
        return open(path, "rb")
    try:
        is_pipe = stat.S_ISFIFO(Path(path).stat().st_mode)
    except OSError:
        is_pipe = False
    return _open_pipe(path, patience) if is_pipe else open_regular(path)


def _open_pipe(path: Path | str, patience: float) -> BinaryIO:
    """Opening one waits for its writer, who may never come, and hears no Ctrl-C meanwhile."""
    import select  # for such pipes only

    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not select.select([descriptor], [], [], patience)[0]:
        os.close(descriptor)
        raise OSError(EAGAIN, "nobody writes to this pipe", str(path))
    os.set_blocking(descriptor, True)
    return open(descriptor, "rb")


def _is_null(descriptor: int) -> bool:
    """`/dev/null` is how a person says: none."""
    status = os.fstat(descriptor)
    try:
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == Path(os.devnull).stat().st_rdev
    except OSError:
        return False


def _not_regular(path: Path | str) -> OSError:
    return OSError(EINVAL, "not a regular file", str(path))
