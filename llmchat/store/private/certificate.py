"""The readable copy of the Russian root certificate in the data folder, rewritten if it is damaged
(docs/decisions/0055-the-certificate-in-the-package.md)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from llmchat.language import msg
from llmchat.root_certificate import is_russian_root, russian_root
from llmchat.store.ownership import Unwritable, Warn, no_warning
from llmchat.store.private.files import change_private, read_private


def keep_copy(copy: Path, warn: Warn = no_warning) -> None:
    """Writes the copy on first use and repairs it. It is for people and other programs: llmchat
    itself trusts the certificate in the package, so an error does no harm."""
    present = read_private(copy, warn)
    if present is not None and is_russian_root(present.decode("ascii", "replace")):
        return
    pem = russian_root()
    with suppress(Unwritable):
        change_private(copy, lambda _: pem.encode("ascii"), warn)
        if present is not None:
            warn(msg("{copy} was damaged and has been replaced", copy=copy))
