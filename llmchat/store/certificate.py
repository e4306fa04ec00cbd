"""The readable copy of the Russian root certificate in the data folder, kept as it should be."""

from __future__ import annotations

import contextlib
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.files import Unwritable, Warn, change_private, no_warning, read_private
from llmchat.trust import RUSSIAN_ROOT, is_russian_root, russian_root


def root_with_copy(copy: Path, warn: Warn = no_warning, *, source: Path = RUSSIAN_ROOT) -> str:
    """The pinned root, and its copy written or mended. When the package's own file is damaged, a
    copy that still has the right fingerprint stands in for it."""
    try:
        pem = russian_root(source)
    except StorageError:
        return _from_copy(copy, warn)
    with contextlib.suppress(Unwritable):  # the copy is for people; nothing depends on it
        keep_copy(copy, pem, warn)
    return pem


def keep_copy(copy: Path, pem: str, warn: Warn = no_warning) -> None:
    present = read_private(copy, warn)
    if present is not None and is_russian_root(present.decode("ascii", "replace")):
        return
    change_private(copy, lambda _: pem.encode("ascii"), warn)
    if present is not None:
        warn(f"{copy} was damaged; it has been written anew")


def _from_copy(copy: Path, warn: Warn) -> str:
    pem = (read_private(copy) or b"").decode("ascii", "replace")
    if not is_russian_root(pem):
        raise StorageError(
            "the Russian root certificate of this installation is damaged",
            hint="install llmchat anew",
        )
    warn(f"the certificate in the installation is damaged; its good copy {copy} is used")
    return pem
