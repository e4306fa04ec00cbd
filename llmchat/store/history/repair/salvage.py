"""Moves a damaged history.db aside and copies what can be read into a new one.

Why: docs/decisions/0034-damage.md.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

from llmchat.errors import LlmchatError
from llmchat.language import msg, msg_n
from llmchat.store.database.database import (
    DAMAGED,
    INCOMPLETE,
    INDEX_DAMAGED,
    MAKE_PATIENCE,
    SIDE_FILES,
    Connection,
    Database,
    Identity,
    check_kind,
    empty,
    fault,
    fill,
    identity,
)
from llmchat.store.database.schema import STEPS
from llmchat.store.history.merging.merge import chunks, merge_chunks
from llmchat.store.history.merging.portable import Skipped, fitted
from llmchat.store.history.repair.damaged import PAGE, DamagedDatabase, rebuild_conversations
from llmchat.store.lock import Tell, locked
from llmchat.store.search import index
from llmchat.system.opening import open_regular
from llmchat.values.progress import UNSEEN, ShowWork, Work, unseen

BLOCK = 1 << 20  # bytes copied at once
T = TypeVar("T")
_READ = {  # columns that every version of the file has
    "conversation": "n, id, title, created, updated",
    "message": "id, conversation, parent, role, state, created, text",
    "piece": "id, message, text",
    "attachment": "message, name",
}
_PAGE_COUNT, _FREE_PAGES = slice(28, 32), slice(32, 40)  # places in the header of an SQLite file


def set_aside(path: str, *, seen: Identity | None = None, tell: Tell | None = None) -> str:
    """Renames a damaged file, and returns its new name; "" if another process did it. `seen` is the
    file that was found damaged in use, which is not checked again, because that takes long for a
    large one."""
    with locked(Path(path), patience=MAKE_PATIENCE, tell=tell):
        now = identity(path)
        if now is None or (now != seen and not damaged(path)):
            return ""
        aside = _free_name(path)
        for side in SIDE_FILES:
            with suppress(FileNotFoundError):
                os.rename(path + side, aside + side)
        return aside


def _free_name(path: str) -> str:
    stem = f"{path.removesuffix('.db')}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{stem}{f'-{n}' if n else ''}.db" for n in range(1000))
    return next(name for name in names if not os.path.exists(name))


def damaged(path: str) -> bool:
    """Whether SQLite finds the file damaged; a busy one is not."""
    check_kind(path)
    try:
        with closing(sqlite3.connect(path, timeout=1, factory=Connection)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            return found is None or found[0] != "ok"
    except sqlite3.DatabaseError as error:
        return fault(error) == DAMAGED


def rebuild_index(database: Database, *, work: Work = UNSEEN) -> bool:
    try:
        with database.writing() as connection:
            index.rebuild(connection, work=work)
    except sqlite3.Error:
        return False
    return True


def heal(
    path: str,
    kind: str,
    database: Database | None,
    leave: Callable[[], None],
    tell: Tell,
    *,
    most: float = float("inf"),
    show_work: ShowWork = unseen,
) -> list[str] | None:
    """Rebuilds a damaged index, or closes a damaged file, sets it aside and salvages it. Returns
    lines for the person; None if it cannot be repaired."""
    if kind == INDEX_DAMAGED and database:
        with show_work(msg("rebuilding the search index")) as work:
            return [] if rebuild_index(database, work=work) else None
    if kind == INCOMPLETE and not (database and database.ours):
        return None
    seen = database.identity if database else None
    leave()
    try:
        with show_work(msg("reading a damaged history")) as work:
            return recover(path, seen=seen, most=most, work=work, tell=tell)
    except (sqlite3.Error, OSError, LlmchatError):
        return None


def recover(
    path: str,
    *,
    seen: Identity | None = None,
    most: float = float("inf"),
    work: Work = UNSEEN,
    tell: Tell | None = None,
) -> list[str]:
    """Sets the damaged file aside, copies what can be read into a new one, and says so. A file of
    more than `most` bytes is only set aside, because the person is waiting."""
    aside = set_aside(path, seen=seen, tell=tell)
    if not aside:
        return []
    unread = msg(
        "the history was damaged; to recover what can be read: llmchat history import {aside}",
        aside=aside,
    )
    if os.path.getsize(aside) > most:
        return [unread]
    try:
        with closing(Database.open(path, tell)) as database:
            count = salvage(aside, database, work=work)
    # After a Ctrl-C or on a full disk; the next run will find no damaged file.
    except BaseException:
        if tell:
            tell(unread)
        raise
    return [
        msg_n(
            "the history was damaged: recovered {n} conversation; the old file is {aside}",
            "the history was damaged: recovered {n} conversations; the old file is {aside}",
            count,
            aside=aside,
        )
    ]


def salvage(damaged_path: str, database: Database, *, work: Work = UNSEEN) -> int:
    """Merges every readable conversation of a damaged file into `database`; returns how many were
    new."""

    def write(change: Callable[[sqlite3.Connection], T]) -> T:
        with database.writing() as connection:
            return change(connection)

    found = (fitted(one, Skipped()) for one in read_damaged(damaged_path, work=work))
    return merge_chunks(write, chunks(work.track(filter(None, found))))[0]


def read_damaged(path: str, *, work: Work = UNSEEN) -> Generator[dict[str, Any], None, None]:
    """The conversations of another history.db, whole or damaged, oldest first.

    Reads a copy, because reading includes the log and may change the file.
    """
    with tempfile.TemporaryDirectory(prefix="llmchat-") as folder:
        copy = os.path.join(folder, "copy.db")
        _copy(path, copy)
        wal = SIDE_FILES[1]
        if os.path.exists(path + wal):
            _copy(path + wal, copy + wal)
        _complete(copy)
        if not _has_tables(copy):
            _give_first_page(copy)
        with closing(sqlite3.connect(copy, isolation_level=None, factory=Connection)) as source:
            source.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield from rebuild_conversations(DamagedDatabase(source), work=work)


def _copy(source: str, target: str) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with open_regular(source) as old, open(descriptor, "wb") as new:
        while block := old.read(BLOCK):
            if block.count(0) == len(block):  # keep holes: a lost file may consist of nothing else
                new.seek(len(block), os.SEEK_CUR)
            else:
                new.write(block)
        new.truncate()


def _complete(path: str) -> None:
    """Gives columns with other names their own back, by position, and adds missing ones; `path` is
    a copy."""
    with closing(sqlite3.connect(path, isolation_level=None, factory=Connection)) as connection:
        for table in _READ:
            with suppress(sqlite3.DatabaseError):  # too damaged to list its columns
                ours, found = _columns(empty().connection, table), _columns(connection, table)
                for old, new in zip(found, ours, strict=True) if len(found) == len(ours) else ():
                    if old != new:
                        connection.execute(f'ALTER TABLE {table} RENAME COLUMN "{old}" TO {new}')
                missing = [name for name in ours if found and name not in found]
                for name in missing if len(found) < len(ours) else ():
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN {name}")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def _has_tables(path: str) -> bool:
    with closing(sqlite3.connect(path, isolation_level=None, factory=Connection)) as connection:
        return all(_has_table(connection, *table) for table in _READ.items())


def _has_table(connection: sqlite3.Connection, name: str, columns: str) -> bool:
    try:
        connection.execute(f"SELECT {columns} FROM {name} LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        return code != sqlite3.SQLITE_ERROR and _names_tables(connection)
    return True


def _names_tables(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def _give_first_page(path: str) -> None:
    """Copies the first page from a new file: it says where the tables are, and is the same in every
    file that we created."""
    new = f"{path}.lent"
    fill(new, STEPS)
    with open(new, "rb") as lender:
        page = bytearray(lender.read(PAGE))
    page[_PAGE_COUNT] = (os.path.getsize(path) // PAGE).to_bytes(4, "big")
    page[_FREE_PAGES] = bytes(8)
    with open(path, "r+b") as file:
        file.write(page)
