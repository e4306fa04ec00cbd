"""What a session saved: rows of its history, even while others write to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "history.db")) as connection:
        return connection.execute(sql).fetchall()
