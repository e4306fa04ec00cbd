"""Remembers the context windows that services named when they refused a request, or that can be
inferred.

They are in a small private JSON file beside that of the services' health. Entries older than a
month are ignored, because services change.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.store.damaged_files import set_aside
from llmchat.store.ownership import Warn, no_warning
from llmchat.store.private.files import LARGEST_FILE, change_private
from llmchat.system.opening import ROTTEN, read_regular

KEPT_SECONDS = 30 * 24 * 3600.0
MOST = 500  # models; the oldest ones are dropped


@dataclass(frozen=True, slots=True)
class LearnedWindow:
    """`window` is what the service named, 0 if it named none; `refused` is the smallest request
    that it refused, by our own estimate."""

    window: int = 0
    refused: int = 0
    when: float = 0


class Windows:
    """A file that cannot be read counts as empty; if it cannot be written, the next request may be
    refused again."""

    def __init__(self, path: Path, tell: Warn = no_warning) -> None:
        self._path = path
        self._tell = tell

    def find(self, provider: str, model: str, now: float) -> LearnedWindow:
        try:
            rows = _read(read_regular(self._path, LARGEST_FILE))
        except ROTTEN:
            set_aside(self._path, self._tell)
            return LearnedWindow()
        except OSError:
            return LearnedWindow()
        found = rows.get(f"{provider}/{model}", LearnedWindow())
        return found if now - found.when < KEPT_SECONDS else LearnedWindow()

    def remember(self, provider: str, model: str, learned: LearnedWindow) -> None:
        def added(kept: bytes | None) -> bytes:
            rows = _rows(kept or b"")
            name = f"{provider}/{model}"
            before = rows.pop(name, LearnedWindow())
            rows[name] = _joined(before, learned)
            newest = dict(list(rows.items())[-MOST:])
            return json.dumps({key: asdict(row) for key, row in newest.items()}).encode()

        with suppress(StorageError, OSError):
            change_private(self._path, added)


def _joined(before: LearnedWindow, now: LearnedWindow) -> LearnedWindow:
    if now.when - before.when >= KEPT_SECONDS:
        return now
    sizes = [size for size in (before.refused, now.refused) if size]
    return replace(now, window=now.window or before.window, refused=min(sizes, default=0))


def _rows(content: bytes) -> dict[str, LearnedWindow]:
    try:
        return _read(content)
    except ROTTEN:
        return {}


def _read(content: bytes) -> dict[str, LearnedWindow]:
    rows = {str(name): LearnedWindow(**row) for name, row in json.loads(content).items()}
    return {name: row for name, row in rows.items() if row.window + row.refused + row.when > 0}
