"""A set of keys on disk, for the life of the process, so that memory does not grow with it.

It is an SQLite table in a temporary file without a name, which the system deletes with the process.
"""

from __future__ import annotations

import sqlite3
from typing import Self

CACHE_KB = 2000


class DiskBackedSet:
    """`add` returns whether the key is new."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")  # a single transaction, so that nothing waits for the disk

    def add(self, key: bytes) -> bool:
        cursor = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        return cursor.rowcount == 1

    def __contains__(self, key: bytes) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE key = ?", (key,))
        return found.fetchone() is not None

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
