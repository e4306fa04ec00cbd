"""Changes the settings file whole or not at all, one process after the other.

Unlike the files of the store this one is the person's own: it may be a link into a folder of
dotfiles, and LLMCHAT_CONFIG may place it in a folder that is not ours to close.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.settings.toml.document import read_text

PATIENCE = 10.0  # seconds; a healthy write takes 10 ms
PAUSE = 0.01
FOLDER_MODE = 0o700
FILE_MODE = 0o600  # there may be a key in it


def rewrite(path: Path, change: Callable[[str], str], *, patience: float = PATIENCE) -> None:
    """Puts `change(text)` in the place of the text; a missing file is an empty text."""
    file = path.resolve()
    try:
        _make_folder(file.parent)
        with _locked(file.with_name(f".{file.name}.lock"), path, patience):
            before = read_text(file)
            after = change(before or "")
            if after != before:
                _replace(file, after.encode())
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise StorageError(f"{path}: {reason}", hint="llmchat config path") from error


def _make_folder(folder: Path) -> None:
    """Folders that we make are private; one that is there stays as its owner wants it."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for part in reversed(missing):
        part.mkdir(mode=FOLDER_MODE, exist_ok=True)


@contextlib.contextmanager
def _locked(lock: Path, path: Path, patience: float) -> Iterator[None]:
    """The kernel releases it with its holder; the side file itself means nothing."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), FILE_MODE)
    try:
        end = time.monotonic() + patience
        while not _try_lock(descriptor):
            if time.monotonic() > end:
                problem = f"{path} is being changed by another llmchat"
                raise StorageError(problem, hint="end the other llmchat, then try again")
            time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, content: bytes) -> None:
    """Called under the lock, so a draft that is there is left from a killed process."""
    draft = file.with_name(f".{file.name}.new")
    try:
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(draft, flags, FILE_MODE), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(FILE_MODE)  # a umask may have taken the owner's own rights
        draft.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


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
        except OSError:
            return False
        return True
