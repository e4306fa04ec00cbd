"""Remembers which files were uploaded to an account, so that none is uploaded twice.

Only a digest of each file and the service's id for it are stored. Why:
docs/decisions/0176-a-file-is-uploaded-once.md.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.ownership import Warn, no_warning
from llmchat.store.private.records import Record, RecordFile, Records

MOST = 1000  # files; the oldest ones are uploaded again


class Uploads:
    """A file that cannot be read counts as empty; if it cannot be written, a file is uploaded
    again."""

    def __init__(self, path: Path, now: Callable[[], float], warn: Warn = no_warning) -> None:
        self._file = RecordFile(path, warn, replaceable=True)
        self._now = now

    def find(self, account: str, digest: str) -> str:
        """The service's id of the file; "" if unknown."""
        try:
            record = self._file.read().get(_key(account, digest), {})
        except StorageError:
            return ""
        return str(record.get("file") or "")

    def remember(self, account: str, digest: str, file: str) -> None:
        record = {"file": file, "when": self._now()}
        with suppress(StorageError):
            self._file.change(lambda records: _newest({**records, _key(account, digest): record}))

    def forget(self, account: str, digest: str) -> None:
        with suppress(StorageError):
            self._file.remove(_key(account, digest))


def _key(account: str, digest: str) -> str:
    return f"{account[:16]}-{digest}"


def _newest(records: Records) -> Records:
    return dict(sorted(records.items(), key=_when)[-MOST:])


def _when(item: tuple[str, Record]) -> float:
    when = item[1].get("when")
    return when if isinstance(when, (int, float)) else 0.0
