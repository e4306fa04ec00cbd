"""Opens history.db: creates it atomically, reopens it if it was replaced, and translates SQLite's
errors."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from errno import EDQUOT, ENOSPC, EROFS
from pathlib import Path
from typing import Any

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.store.database import schema
from llmchat.store.database.schema import STEPS, Steps
from llmchat.store.lock import Tell, locked
from llmchat.store.ownership import move_away

BUSY_SECONDS = 5.0  # other terminals write for milliseconds, an import for seconds
MAKE_PATIENCE = 60.0  # seconds to wait for another process that creates or upgrades the file
Identity = tuple[int, int]  # device and inode
SIDE_FILES = ("", "-wal", "-shm")

BUSY, DAMAGED, FULL, OTHER = "busy", "damaged", "full", "other"
READ_ONLY, UNREADABLE, INDEX_DAMAGED = "read-only", "unreadable", msg("index damaged")
INCOMPLETE = "incomplete"  # a table or a column is missing: somebody changed the schema
_PRIMARY_CODES = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: UNREADABLE,
    sqlite3.SQLITE_IOERR: UNREADABLE,
}


_NOT_THERE = re.compile(r"no such (table|column|fts5 table):|table \w+ has no column named")
# The message of sqlite3 for an undecodable column; it has no error code.
NO_TEXT = "Could not decode to UTF-8"


class Connection(sqlite3.Connection):
    """A connection that reports a damaged schema like other damage: SQLite quotes the schema in its
    error, which Python then fails to decode."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        try:
            return super().execute(sql, values)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError(f"{NO_TEXT} the schema") from error


def damage(what: str) -> sqlite3.DatabaseError:
    """An error like SQLite's, for damage that SQLite does not notice."""
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def fault(error: BaseException) -> str:
    """The kind of an SQLite error, which tells a busy file from a damaged one."""
    code = getattr(error, "sqlite_errorcode", 0)
    without_code = code & 0xFF == sqlite3.SQLITE_ERROR and "fts5: corrupt" in str(error)
    if code == sqlite3.SQLITE_CORRUPT_VTAB or without_code:
        return INDEX_DAMAGED  # it can be rebuilt from the messages
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # no space for the file that readers share
        return FULL
    if isinstance(error, sqlite3.Error) and str(error).startswith(NO_TEXT):
        return DAMAGED
    if code == sqlite3.SQLITE_ERROR and _NOT_THERE.match(str(error)):
        return INDEX_DAMAGED if str(error).endswith(("table: words", "main.words")) else INCOMPLETE
    return _PRIMARY_CODES.get(code & 0xFF, OTHER)


def storage_error(error: BaseException, path: str) -> StorageError:
    """The error in words for a person, with what to do."""
    kind = fault(error)
    if isinstance(error, StorageError):
        return error
    if kind == BUSY:
        return StorageError(
            msg("{path} is in use by another program", path=path), hint=msg("try again in a moment")
        )
    if kind == FULL or _errno(error) in (ENOSPC, EDQUOT):
        return StorageError(
            msg("cannot write {path}: the disk is full", path=path),
            hint=msg("free some disk space"),
        )
    if kind == READ_ONLY or isinstance(error, PermissionError) or _errno(error) == EROFS:
        return _no_rights(path)
    if kind in (DAMAGED, INDEX_DAMAGED, INCOMPLETE):
        return StorageError(
            msg("{path} is damaged", path=path),
            hint=msg("llmchat history list moves it aside and recovers what can be read"),
        )
    why = getattr(error, "strerror", None) or error  # without the error number and the path
    return StorageError(
        msg("cannot open {path}: {error}", path=path, error=why), hint=msg("llmchat doctor")
    )


def _no_rights(path: str) -> StorageError:
    return StorageError(
        msg("cannot write {path}", path=path), hint=msg("check the permissions of its folder")
    )


def _errno(error: BaseException) -> int:
    return getattr(error, "errno", None) or 0


class Database:
    """An open file; `refusal` is the error for writers: a newer version, a folder without rights, a
    full disk."""

    __slots__ = ("connection", "identity", "path", "refusal")

    def __init__(
        self, path: str, connection: sqlite3.Connection, *, refusal: StorageError | None = None
    ) -> None:
        self.path = path
        self.connection = connection
        self.identity = identity(path)
        self.refusal = refusal

    @classmethod
    def open(cls, path: str, tell: Tell | None = None, *, steps: Steps = STEPS) -> Database:
        """Opens the file, creating or upgrading it; `tell` gets a line if another process takes
        long to do so."""
        if identity(path) is None:
            _make(path, steps, tell)
        check_kind(path)
        _make_private(path)
        connection, refusal = _connect(path)
        try:
            reached = schema.version(connection)
            if reached > len(steps):
                connection.execute("PRAGMA query_only = ON")
                newer = msg(
                    "{path} was written by a newer llmchat (version {reached})",
                    path=path,
                    reached=reached,
                )
                refusal = StorageError(newer, hint=msg("upgrade llmchat"))
            elif reached < len(steps) and refusal:
                connection = _upgraded_copy(connection, path, steps)
            elif reached < len(steps):
                with locked(Path(path), patience=MAKE_PATIENCE, tell=tell):
                    schema.upgrade(connection, path, steps=steps)
                connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, refusal=refusal)

    @property
    def writable(self) -> bool:
        return self.refusal is None

    @property
    def ours(self) -> bool:
        """Whether it has today's schema, neither another program's nor a newer version's."""
        (mark,) = self.connection.execute("PRAGMA application_id").fetchone()
        return mark == schema.APPLICATION_ID and schema.version(self.connection) == len(STEPS)

    def moved(self) -> bool:
        """Whether the path now has another file, or none."""
        return identity(self.path) != self.identity

    def unfit_to_write(self) -> bool:
        """Whether to reopen it before writing, because what prevented writing may be gone."""
        return not self.writable or self.moved()

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Writes everything in the block at once or not at all; a durable block survives a power
        failure. The transaction begins as a writer, because one that begins as a reader can fail
        when it writes."""
        if self.refusal:
            raise self.refusal
        self.connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        self.connection.close()


Connect = Callable[[str, Tell], Database]


def check_kind(path: str) -> None:
    """Raises an error unless it is a regular file: SQLite would block on a pipe, and read a device
    without end."""
    for beside in ("", "-journal", *SIDE_FILES[1:]):
        file = path + beside
        if (beside == "" or os.path.lexists(file)) and not stat.S_ISREG(os.stat(file).st_mode):
            raise StorageError(
                msg("{path} is not a regular file", path=file), hint=move_away(Path(file))
            )


def identity(path: str) -> Identity | None:
    """Device and inode of the file at the path; None if there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def empty() -> Database:
    """An empty history without a file, for reading before the first conversation."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.upgrade(connection, ":memory:")
    return Database(":memory:", connection, refusal=StorageError(msg("the history is empty")))


def _connect(path: str) -> tuple[sqlite3.Connection, StorageError | None]:
    """A connection for reading and writing, else one for reading, with the error: in a folder
    without rights, or on a full disk, no -shm file can be created."""
    try:
        return _opened(path), None
    except sqlite3.OperationalError as error:
        if fault(error) not in (UNREADABLE, READ_ONLY, FULL):
            raise
        refused = error
    plain = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    for mode in ("mode=ro", "immutable=1"):
        try:
            connection = _opened(f"file:{plain}?{mode}", uri=True)
        except sqlite3.OperationalError:
            continue
        full = fault(refused) == FULL
        return connection, storage_error(refused, path) if full else _no_rights(path)
    raise refused


def _opened(path: str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, uri=uri, factory=Connection
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA secure_delete = ON")  # what is purged is overwritten
    except BaseException:
        connection.close()
        raise
    return connection


def _upgraded_copy(older: sqlite3.Connection, path: str, steps: Steps) -> sqlite3.Connection:
    """A copy in a temporary file, upgraded there, for a file that cannot be upgraded in place."""
    copy = sqlite3.connect("", isolation_level=None, factory=Connection)
    try:
        older.backup(copy)
        schema.upgrade(copy, path, steps=steps, keep=False)
    except BaseException:
        copy.close()
        raise
    older.close()
    return copy


def _make(path: str, steps: Steps, tell: Tell | None) -> None:
    """Creates the file beside its place and renames it, so that no process sees an incomplete
    one."""
    os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)
    with locked(Path(path), patience=MAKE_PATIENCE, tell=tell):
        if identity(path) is not None:
            return
        for side in ("-wal", "-shm"):  # they belong to a deleted file, but would be used with ours
            _forget(path + side)
        fresh = f"{path}.{os.getpid()}.new"
        try:
            fill(fresh, steps)
            os.rename(fresh, path)
        finally:
            for side in SIDE_FILES:
                _forget(fresh + side)


def fill(path: str, steps: Steps) -> None:
    """Creates an empty history and waits until it is on disk."""
    _forget(path)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 4096")  # salvage relies on it
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        schema.upgrade(connection, path, steps=steps)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _forget(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _make_private(path: str) -> None:
    """Makes the file private; -wal and -shm get its mode when SQLite creates them."""
    for side in SIDE_FILES:
        # It does not exist or belongs to somebody else, so it can only be read.
        with suppress(OSError):
            if os.stat(path + side).st_mode & 0o077:
                os.chmod(path + side, 0o600)
