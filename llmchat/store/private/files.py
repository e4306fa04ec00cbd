"""Private files: read only if they are ours, changed under a lock, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.atomic import write_private
from llmchat.store.lock import locked
from llmchat.store.ownership import (
    Warn,
    check_file,
    check_folder,
    move_away,
    no_warning,
    private_folder,
    unreadable,
    unwritable,
)

Change = Callable[[bytes | None], bytes | None]

LARGEST_FILE = 4 * 1024 * 1024  # a store of keys and tokens is a few kB; more is not ours


def read_private(path: Path, warn: Warn = no_warning) -> bytes | None:
    """The bytes of a file of ours, None where there is none; a looser mode is mended."""
    if not check_folder(path.parent, warn):
        return None
    descriptor = _open_existing(path)
    if descriptor is None:
        return None
    with open(descriptor, "rb") as file:
        check_file(descriptor, path, warn)
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise StorageError(
            f"{path} is too large to be one of llmchat's files", hint=move_away(path)
        )
    return content


def change_private(path: Path, change: Change, warn: Warn = no_warning) -> None:
    """Puts what `change` makes of the present bytes in their place, whole or not at all; None
    deletes the file. Others that change the same file wait for each other."""
    private_folder(path.parent, warn)
    with locked(path):
        before = read_private(path, warn)
        after = change(before)
        if after is None:
            path.unlink(missing_ok=True)
        elif after != before:
            _write(path, after)


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except OSError as error:
        raise unwritable(path, error) from error


def _open_existing(path: Path) -> int | None:
    """O_NONBLOCK: a named pipe in the file's place must not hang us before it is refused."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        return os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
