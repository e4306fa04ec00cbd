"""Caches the tool lists of servers, so that a question need not wait for a server to start.

Why: docs/decisions/0122-lists-are-cached-calls-are-checked.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from llmchat.errors import StorageError
from llmchat.store.damaged_files import set_aside
from llmchat.store.ownership import Warn, no_warning
from llmchat.store.private.files import change_private, read_private
from llmchat.system.opening import ROTTEN
from llmchat.tools.tool import ToolDefinition

LARGEST = 1_000_000  # bytes of a list; no model could use a larger one
FIELDS = frozenset(field.name for field in fields(ToolDefinition))


class ToolLists:
    """One file per server; one that cannot be read or written counts as missing."""

    def __init__(self, folder: Path, tell: Warn = no_warning) -> None:
        self._folder = folder
        self._tell = tell

    def read(self, server: str, identity: str) -> list[ToolDefinition] | None:
        """The last list of the server with this definition; None if there is none."""
        return self._read(server, identity)

    def last(self, server: str) -> list[ToolDefinition] | None:
        """The last list of a server of this name, for people: its definition may have changed."""
        return self._read(server, None)

    def write(self, server: str, identity: str, tools: Sequence[ToolDefinition]) -> None:
        rows = [asdict(tool) for tool in tools]
        content = json.dumps({"identity": identity, "tools": rows}).encode()
        with suppress(StorageError):
            if len(content) <= LARGEST:
                change_private(self._path(server), lambda before: content)

    def forget(self, server: str) -> None:
        with suppress(OSError):
            self._path(server).unlink(missing_ok=True)

    def _read(self, server: str, identity: str | None) -> list[ToolDefinition] | None:
        try:
            content = read_private(self._path(server))
            kept = json.loads(content) if content is not None else {}
            if content is not None and identity in (None, kept.get("identity")):
                return [_definition(row) for row in kept["tools"]]
        except ROTTEN:
            set_aside(self._path(server), self._tell)
        except StorageError:
            pass
        return None

    def _path(self, server: str) -> Path:
        return self._folder / f"{server}.json"


def _definition(row: Mapping[str, Any]) -> ToolDefinition:
    return ToolDefinition(**{name: value for name, value in row.items() if name in FIELDS})
