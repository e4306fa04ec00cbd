"""A private JSON file of named records, the format of the key store and the token store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.store.ownership import Warn
from llmchat.store.private.files import change_private, read_private

VERSION = 1
Record = Mapping[str, Any]
Records = dict[str, Record]


class Damaged(StorageError):
    """The file is not valid JSON of ours."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The records on disk; if they are `replaceable`, a damaged file is set aside and
    created again."""

    path: Path
    warn: Warn
    replaceable: bool = False

    def read(self) -> Records:
        return self._decoded(read_private(self.path, self.warn))

    def put(self, name: str, record: Record) -> None:
        self.change(lambda records: {**records, name: record})

    def remove(self, name: str) -> None:
        self.change(lambda records: {n: r for n, r in records.items() if n != name})

    def change(self, change: Callable[[Records], Records]) -> None:
        """Changes the records under the file's lock."""
        change_private(self.path, lambda before: encode(change(self._decoded(before))), self.warn)

    def _decoded(self, content: bytes | None) -> Records:
        try:
            return decode(content, self.path)
        except Damaged:
            if not self.replaceable:
                raise
            from llmchat.store.damaged_files import set_aside  # only if it is damaged

            set_aside(self.path, self.warn)
            return {}


def encode(records: Records) -> bytes:
    document = {"version": VERSION, "records": records}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def decode(content: bytes | None, path: Path) -> Records:
    if content is None:
        return {}
    try:
        document = json.loads(content)
        version, records = document["version"], document["records"]
        good = all(isinstance(record, dict) for record in records.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    if version != VERSION:
        raise StorageError(
            msg(
                "{path} has format {version!r}, this llmchat reads format {version2}",
                path=path,
                version=version,
                version2=VERSION,
            ),
            hint=msg("use the llmchat that wrote it, or move the file away"),
        )
    if not good:
        raise _damaged(path)
    return dict(records)


def _damaged(path: Path) -> Damaged:
    """The error, without the content, because that may be part of a key."""
    hint = msg("move it away: mv '{path}' '{path}.old', then llmchat auth NAME", path=path)
    return Damaged(msg("{path} is damaged", path=path), hint=hint)
