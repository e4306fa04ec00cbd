"""Rewrites the settings file atomically, under a lock.

Unlike the files of the store this one is the person's own: it may be a link into a folder of
dotfiles, and LLMCHAT_CONFIG may place it in a folder whose mode we must not change.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from errno import EDQUOT, ENOSPC
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.settings.toml.document import read_text
from llmchat.store.atomic import check_no_device, write_private
from llmchat.store.lock import PATIENCE, locked

FOLDER_MODE = 0o700


def rewrite(path: Path, change: Callable[[str], str], *, patience: float = PATIENCE) -> None:
    """Replaces the text with `change(text)`; a missing file counts as empty."""
    file = Path(os.path.realpath(path))  # `resolve` raises another error for links in a cycle
    try:
        check_no_device(file)
        _make_folder(file.parent)
        with locked(file, patience=patience):
            before = read_text(file)
            after = change(before or "")
            if after != before:
                write_private(file, after.encode())  # it may contain a key
    except OSError as error:
        reason = error.strerror or msg("cannot be written")
        is_full = error.errno in (ENOSPC, EDQUOT)
        hint = msg("free some disk space") if is_full else msg("llmchat config path")
        raise StorageError(msg("{path}: {reason}", path=path, reason=reason), hint=hint) from error


def _make_folder(folder: Path) -> None:
    """Creates missing folders as private ones; existing ones keep their mode."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for part in reversed(missing):
        part.mkdir(mode=FOLDER_MODE, exist_ok=True)
