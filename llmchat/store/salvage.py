"""A damaged history: set aside, never deleted; what can be read is brought into a new one."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from llmchat.store import words
from llmchat.store.copying import Copy
from llmchat.store.database import DAMAGED, SIDE_FILES, Database, fault, identity
from llmchat.store.lock import Lock
from llmchat.store.wreck import assemble

SMALLEST_ROW = 32  # bytes
STRIDE = 512  # rows read at once; halved around a damaged page until it is passed
TABLES = ("conversation", "message", "attachment", "piece")


def set_aside(path: str) -> str:
    """The new name of the damaged file; "" if another process was quicker."""
    with Lock(path):
        if identity(path) is None or not damaged(path):
            return ""
        aside = _free_name(path)
        for side in SIDE_FILES:
            try:
                os.rename(path + side, aside + side)
            except FileNotFoundError:
                continue
        return aside


def _free_name(path: str) -> str:
    stem = f"{path.removesuffix('.db')}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{stem}{f'-{n}' if n else ''}.db" for n in range(1000))
    return next(name for name in names if not os.path.exists(name))


def damaged(path: str) -> bool:
    """Whether SQLite finds the file broken; a busy one is not."""
    try:
        connection = sqlite3.connect(path, timeout=1)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            return found is None or found[0] != "ok"
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return fault(error) == DAMAGED


def rebuild_index(database: Database) -> bool:
    try:
        with database.writing() as connection:
            words.rebuild(connection)
    except sqlite3.Error:
        return False
    return True


def recover(path: str) -> list[str]:
    """Set the damaged file aside, bring what it still holds into a new one, and say so."""
    aside = set_aside(path)
    if not aside:
        return []
    database = Database.open(path)
    try:
        count = salvage(aside, database)
    finally:
        database.close()
    saved = f"{count} conversation{'' if count == 1 else 's'}"
    return [f"the history was damaged: it is kept as {aside}, and {saved} could be read from it"]


def salvage(damaged_path: str, database: Database) -> int:
    """Bring every readable conversation of a damaged file into `database`; how many were new.

    Read from a copy, because reading takes the log along and may change the file.
    """
    copy = f"{database.path}.{os.getpid()}.salvage"
    try:
        for side in SIDE_FILES[:2]:
            _copy(damaged_path + side, copy + side)
        source = sqlite3.connect(copy, isolation_level=None)
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            return _bring(source, database)
        finally:
            source.close()
    finally:
        for side in SIDE_FILES:
            if os.path.exists(copy + side):
                os.unlink(copy + side)


def _copy(source: str, target: str) -> None:
    if not os.path.exists(source):
        return
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with open(source, "rb") as old, open(descriptor, "wb") as new:
        while block := old.read(1 << 20):
            new.write(block)


def _bring(source: sqlite3.Connection, database: Database) -> int:
    rows = {table: list(readable(source, table)) for table in TABLES}
    with database.writing() as connection:
        copy = Copy(connection)
        for conversation in assemble(rows):
            copy.put(conversation)
        copy.close()
        return copy.conversations


def readable(source: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table that can still be read, in the order of their numbers."""
    key = "n" if table == "conversation" else "id"
    last = _last(source, table, key)
    start = -1
    stride = STRIDE
    while start < last:
        stop = start + stride
        try:
            rows = source.execute(
                f"SELECT * FROM {table} NOT INDEXED WHERE {key} > ? AND {key} <= ?", (start, stop)
            )
            names = [column[0] for column in rows.description]
            found = [dict(zip(names, row, strict=True)) for row in rows]
        except sqlite3.DatabaseError:
            if stride > 1:
                stride = max(1, stride // 2)
                continue
            found = []
        yield from found
        start = stop
        stride = min(STRIDE, stride * 2)


def _last(source: sqlite3.Connection, table: str, key: str) -> int:
    """The highest number; if even that cannot be read, what a file of this size could hold."""
    try:
        return int(source.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)
    except sqlite3.DatabaseError:
        pass
    try:
        pages, size = (source.execute(f"PRAGMA page_{n}").fetchone()[0] for n in ("count", "size"))
        return int(pages * size) // SMALLEST_ROW
    except sqlite3.DatabaseError:
        return 0
