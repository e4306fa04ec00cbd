"""Checks owner, type and mode of a file or folder, and tightens a mode that is too open.

(docs/decisions/0050-private-files.md)
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from errno import ELOOP, EMLINK, ENOTDIR
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.opening import NotRegular

Warn = Callable[[str], object]

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
OTHERS = 0o077
LINK_ERRORS = (ELOOP, EMLINK)  # the errors of O_NOFOLLOW: Linux and macOS, FreeBSD
# On Windows, the access control list of the home folder protects the files.


class Unwritable(StorageError):
    """Nothing can be written there; existing files are intact."""


def no_warning(text: str) -> None:
    """Ignores warnings, for callers that cannot show them."""


def private_folder(folder: Path, warn: Warn = no_warning) -> None:
    """Creates the folder and its missing parents, accessible to their owner only."""
    missing = [folder, *folder.parents]
    try:
        while missing and missing[-1].exists():
            missing.pop()
        for part in reversed(missing):
            part.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            part.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise unwritable(folder, error) from error
    if not check_folder(folder, warn):
        raise unwritable(folder, NotADirectoryError(ENOTDIR, msg("a file with that name exists")))


def check_file(descriptor: int, path: Path, warn: Warn = no_warning) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(msg("{path} is not a regular file", path=path), hint=move_away(path))
    if sys.platform == "win32":
        return
    _check_owner(path, status.st_uid)
    if status.st_mode & OTHERS:
        os.fchmod(descriptor, PRIVATE_FILE)
        warn(
            msg(
                "{path} was accessible to others (mode {st_mode:04o}); changed to 0600",
                path=path,
                st_mode=status.st_mode & 511,
            )
        )


def make_private(descriptor: int) -> None:
    """Makes a file private; a umask may even have removed the owner's rights."""
    if sys.platform != "win32":
        os.fchmod(descriptor, PRIVATE_FILE)


def check_folder(folder: Path, warn: Warn) -> bool:
    """Whether the folder exists; raises an error if it belongs to somebody else, and tightens a
    mode that is too open."""
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unreadable(folder, error) from error
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
            msg("{folder} is a shared folder; keys need a private one", folder=folder),
            hint=msg("set LLMCHAT_HOME={folder}", folder=folder / "llmchat"),
        )
    try:
        folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise unwritable(folder, error) from error
    warn(
        msg(
            "{folder} was accessible to others (mode {st_mode:04o}); changed to 0700",
            folder=folder,
            st_mode=status.st_mode & 511,
        )
    )


def _check_owner(path: Path, owner: int) -> None:
    if sys.platform != "win32" and owner != os.geteuid():
        raise StorageError(
            msg(
                "not using {path}: it belongs to another user (uid {owner})", path=path, owner=owner
            ),
            hint=msg("check it with ls -ld '{path}', then chown it or move it away", path=path),
        )


def unwritable(path: Path, error: OSError) -> Unwritable:
    return Unwritable(
        msg("cannot write {path}: {strerror}", path=path, strerror=error.strerror or error),
        hint=msg("run llmchat doctor, or set LLMCHAT_HOME to another folder"),
    )


def unreadable(path: Path, error: OSError) -> StorageError:
    if error.errno in LINK_ERRORS:
        return StorageError(
            msg("not following {path}: it is a symbolic link", path=path), hint=move_away(path)
        )
    if isinstance(error, (NotRegular, IsADirectoryError)):
        return StorageError(msg("{path} is not a regular file", path=path), hint=move_away(path))
    return StorageError(
        msg("cannot read {path}: {strerror}", path=path, strerror=error.strerror or error),
        hint=msg("check it with ls -ld '{path}'", path=path),
    )


def move_away(path: Path) -> str:
    return msg("move it away: mv '{path}' '{path}.old', then try again", path=path)
