"""Private files: read after checking the owner, changed under a lock, written atomically."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
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
from llmchat.system.opening import open_regular

Change = Callable[[bytes | None], bytes | None]

LARGEST_FILE = 4 * 1024 * 1024  # bytes; our key and token stores have a few kB


def read_private(path: Path, warn: Warn = no_warning) -> bytes | None:
    """The content of a private file, None if there is none; tightens a mode that is too open."""
    if not check_folder(path.parent, warn):
        return None
    try:
        with open_regular(path, follow=False) as file:
            check_file(file.fileno(), path, warn)
            content = file.read(LARGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > LARGEST_FILE:
        raise StorageError(
            msg("{path} is too large to be one of llmchat's files", path=path), hint=move_away(path)
        )
    return content


def change_private(path: Path, change: Change, warn: Warn = no_warning) -> None:
    """Replaces a file atomically by what `change` makes of its content; None deletes the file.
    Concurrent changes wait for each other."""
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
