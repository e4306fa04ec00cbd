"""Introduces a keyless service before its first use, and remembers that."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.system.opening import ROTTEN, read_regular

LARGEST_FILE = 64 * 1024  # bytes of the list of introduced services


def introduction(provider: str, operator: str) -> str:
    """The line that is shown before the first use of a keyless service."""
    return msg(
        "{provider} is a third-party website run by {operator}. It can read and keep "
        "what you send, and may stop working.",
        provider=provider,
        operator=operator or msg("an unknown operator"),
    )


class Introductions:
    """The services that were introduced; if the file cannot be written, each is introduced once per
    run."""

    def __init__(self, path: Path, tell: Callable[[str], object] = str) -> None:
        self._path = path
        self._tell = tell

    def is_new(self, provider: str) -> bool:
        try:
            return provider not in _read(read_regular(self._path, LARGEST_FILE))
        except ROTTEN:
            from llmchat.store.damaged_files import set_aside  # only if it is damaged

            set_aside(self._path, self._tell)
        except OSError:
            pass
        return True

    def remember(self, provider: str) -> None:
        from llmchat.store.private.files import change_private  # once per service

        def added(kept: bytes | None) -> bytes:
            return json.dumps(sorted({*_names(kept or b""), provider})).encode()

        with suppress(StorageError):
            change_private(self._path, added)


def _names(kept: bytes) -> list[str]:
    try:
        return _read(kept)
    except ROTTEN:
        return []


def _read(kept: bytes) -> list[str]:
    names = json.loads(kept)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names
