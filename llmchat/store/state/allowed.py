"""Remembers which projects' instructions the person allowed, by a digest of their text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.damaged_files import set_aside
from llmchat.store.ownership import Warn, no_warning
from llmchat.store.private.files import change_private, read_private
from llmchat.system.opening import ROTTEN

MOST = 2000  # files; for the oldest ones the person is asked again


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """The person's answer about a text; `services` are keyless ones, each with its own answer.
    `problem` is what was reported about a file that is not read."""

    digest: str = ""
    allowed: bool = False
    services: Mapping[str, bool] = field(default_factory=dict)
    problem: str = ""

    def is_about(self, digest: str, service: str) -> bool:
        return self.digest == digest and service in self.services

    def allows(self, digest: str, service: str) -> bool:
        return self.digest == digest and self.services.get(service, False)

    def with_service(self, digest: str, service: str, agreed: bool) -> GivenConsent:
        """Adds the answer for a service; answers about an earlier text are dropped."""
        before = self if self.digest == digest else GivenConsent(digest)
        return replace(before, services={**before.services, service: agreed})


class Allowed:
    """If the file cannot be read, nothing is allowed; if it cannot be written, an answer applies to
    this run only."""

    def __init__(self, path: Path, tell: Warn = no_warning) -> None:
        self._path = path
        self._tell = tell
        self._rows: dict[str, GivenConsent] | None = None

    def find(self, name: str) -> GivenConsent:
        if self._rows is None:
            self._rows = {}
            try:
                content = read_private(self._path)
                self._rows = {} if content is None else _read(content)
            except ROTTEN:
                set_aside(self._path, self._tell)
            except (StorageError, OSError):
                pass
        return self._rows.get(name, GivenConsent())

    def remember(self, verdicts: Mapping[str, GivenConsent]) -> None:
        def added(kept: bytes | None) -> bytes:
            rows = {**_rows(kept or b""), **verdicts}
            newest = dict(list(rows.items())[-MOST:])
            return json.dumps({name: asdict(row) for name, row in newest.items()}).encode()

        self._rows = {**(self._rows or {}), **verdicts}
        with suppress(StorageError, OSError):
            change_private(self._path, added)


def _rows(content: bytes) -> dict[str, GivenConsent]:
    try:
        return _read(content)
    except ROTTEN:
        return {}


def _read(content: bytes) -> dict[str, GivenConsent]:
    return {str(name): _verdict(row) for name, row in json.loads(content).items()}


def _verdict(row: Mapping[str, object]) -> GivenConsent:
    """The consent in a row; only a plain true counts as yes."""
    said = row.get("services")
    services = {str(k): v is True for k, v in said.items()} if isinstance(said, dict) else {}
    digest, problem = str(row.get("digest", "")), str(row.get("problem", ""))
    return GivenConsent(digest, row.get("allowed") is True, services, problem)
