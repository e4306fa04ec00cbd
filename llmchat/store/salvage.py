"""A damaged history: set aside, never deleted; what can be read is brought into a new one."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from llmchat.store import words
from llmchat.store.copying import Copy
from llmchat.store.database import DAMAGED, SIDE_FILES, Database, fault, fill, identity
from llmchat.store.lock import Lock
from llmchat.store.migrations import STEPS
from llmchat.store.wreck import assemble

SMALLEST_ROW = 32  # bytes
STRIDE = 512  # rows read at once; halved around a damaged page until it is passed
PAGE = 4096
KEYS = {"conversation": "n", "message": "id", "attachment": "message", "piece": "id"}
_PAGE_COUNT, _FREE_PAGES = slice(28, 32), slice(32, 40)  # in the header of a SQLite file


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


def recover(path: str, *, most: float = float("inf")) -> list[str]:
    """Set the damaged file aside, bring what it still holds into a new one, and say so. A file of
    more than `most` bytes is only set aside, because somebody waits."""
    aside = set_aside(path)
    if not aside:
        return []
    if os.path.getsize(aside) > most:
        return [f"the history was damaged; llmchat history import {aside} reads what it holds"]
    database = Database.open(path)
    try:
        count = salvage(aside, database)
    finally:
        database.close()
    saved = f"{count} conversation{'' if count == 1 else 's'}"
    return [f"the history was damaged: it is kept as {aside}, and {saved} could be read from it"]


def salvage(damaged_path: str, database: Database) -> int:
    """Bring every readable conversation of a damaged file into `database`; how many were new."""
    found = wreckage(damaged_path)
    with database.writing() as connection:
        copy = Copy(connection)
        for conversation in found:
            copy.put(conversation)
        copy.close()
        return copy.conversations


def wreckage(path: str) -> list[dict[str, Any]]:
    """The conversations of another file of ours, whole or damaged.

    Read from a copy, because reading takes the log along and may change the file.
    """
    with tempfile.TemporaryDirectory(prefix="llmchat-") as folder:
        copy = os.path.join(folder, "copy.db")
        for side in SIDE_FILES[:2]:
            _copy(path + side, copy + side)
        if not _has_tables(copy):
            _give_first_page(copy)
        source = sqlite3.connect(copy, isolation_level=None)
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            return list(assemble({table: list(readable(source, table)) for table in KEYS}))
        finally:
            source.close()


def _copy(source: str, target: str) -> None:
    if not os.path.exists(source):
        return
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with open(source, "rb") as old, open(descriptor, "wb") as new:
        while block := old.read(1 << 20):
            new.write(block)


def _has_tables(path: str) -> bool:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("SELECT n FROM conversation LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        return "no such table" not in str(error) and _names_tables(connection)
    finally:
        connection.close()
    return True


def _names_tables(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def _give_first_page(path: str) -> None:
    """The first page says where the tables are, and it is the same in every file that was made
    whole by us: a new file lends its own."""
    new = f"{path}.lent"
    fill(new, STEPS)
    with open(new, "rb") as lender:
        page = bytearray(lender.read(PAGE))
    page[_PAGE_COUNT] = (os.path.getsize(path) // PAGE).to_bytes(4, "big")
    page[_FREE_PAGES] = bytes(8)
    with open(path, "r+b") as file:
        file.write(page)


def readable(source: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table that can still be read, in the order of their numbers."""
    key = KEYS[table]
    last = _last(source, table, key)
    start, stride = -1, STRIDE
    while start < last:
        try:
            found = _rows(source, table, f"{key} > {start} AND {key} <= {start + stride}")
        except sqlite3.DatabaseError as error:
            if fault(error) != DAMAGED:
                return
            if stride > 1:
                stride = max(1, stride // 2)
                continue
            found = []
        yield from found
        start += stride
        stride = min(STRIDE, stride * 2)


def _rows(source: sqlite3.Connection, table: str, where: str) -> list[dict[str, Any]]:
    rows = source.execute(f"SELECT * FROM {table} NOT INDEXED WHERE {where}")
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _last(source: sqlite3.Connection, table: str, key: str) -> int:
    """The highest number; if even that cannot be read, what a file of this size could hold."""
    try:
        return int(source.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)
    except sqlite3.DatabaseError:
        pass
    try:
        return int(source.execute("PRAGMA page_count").fetchone()[0]) * PAGE // SMALLEST_ROW
    except sqlite3.DatabaseError:
        return 0
