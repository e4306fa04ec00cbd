"""The schema of history.db: the SQL statements of each version, and upgrading to the newest.

A step is never changed after a release; new ones are added. `PRAGMA user_version` counts the steps
that a file has taken.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from llmchat.errors import StorageError
from llmchat.language import msg
from llmchat.store.ownership import move_away

APPLICATION_ID = 0x6C6C6D63  # "llmc": identifies our files

Steps = tuple[tuple[str, ...], ...]

FIRST = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    """CREATE TABLE conversation (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL DEFAULT '',
        folded TEXT NOT NULL DEFAULT '',
        created REAL NOT NULL,
        updated REAL NOT NULL,
        provider TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        system TEXT NOT NULL DEFAULT '',
        leaf INTEGER,
        messages INTEGER NOT NULL DEFAULT 0,
        deleted REAL,
        source TEXT UNIQUE,
        forked_from TEXT
    )""",
    "CREATE INDEX conversation_recent ON conversation (updated) WHERE deleted IS NULL",
    "CREATE INDEX conversation_trash ON conversation (deleted) WHERE deleted IS NOT NULL",
    """CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversation (n),
        parent INTEGER,
        role TEXT NOT NULL,
        state TEXT NOT NULL,
        created REAL NOT NULL,
        ended REAL,
        requested_provider TEXT NOT NULL DEFAULT '',
        provider TEXT NOT NULL DEFAULT '',
        requested_model TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        finish_reason TEXT NOT NULL DEFAULT '',
        request_id TEXT NOT NULL DEFAULT '',
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        total_tokens INTEGER,
        cached_tokens INTEGER,
        first_token_ms INTEGER,
        total_ms INTEGER,
        attempts TEXT NOT NULL DEFAULT '[]',
        error_kind TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        process INTEGER,
        process_start TEXT,
        indexed INTEGER NOT NULL DEFAULT 0,
        text TEXT NOT NULL DEFAULT '',
        reasoning TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX message_conversation ON message (conversation)",
    "CREATE INDEX message_parent ON message (parent) WHERE parent IS NOT NULL",
    "CREATE INDEX message_streaming ON message (process) WHERE state = 'streaming'",
    """CREATE TABLE piece (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL,
        text TEXT NOT NULL
    )""",
    "CREATE INDEX piece_message ON piece (message)",
    """CREATE TABLE attachment (
        message INTEGER NOT NULL,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (message, position)
    ) WITHOUT ROWID""",
    # The message ids of each import. These messages are older than their ids suggest, which matters
    # for the order of search results.
    "CREATE TABLE batch (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'ascii')",
)

# What a service needs back with its answer, as JSON, such as the state of a drawing.
MEMORY = ("ALTER TABLE message ADD COLUMN memory TEXT NOT NULL DEFAULT ''",)

# The data of an answer that matched a schema, as JSON, and the schema's name.
DATA = (
    "ALTER TABLE message ADD COLUMN data TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE message ADD COLUMN schema TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX message_data ON message (conversation, schema) WHERE data <> ''",
)

# The tool calls of an answer, with their results, which are not searched. Written compactly,
# without types: as long as all statements fit in the first page, damage elsewhere cannot make the
# whole file unreadable.
CALLS = (
    "CREATE TABLE tool_call (message, position, round, said, thought, id, name, label, arguments,"
    " outcome, ms, memory, result, PRIMARY KEY (message, position)) WITHOUT ROWID",
)

# Of a summary: how many messages before it are sent unchanged.
KEEPS = ("ALTER TABLE message ADD COLUMN keeps INTEGER NOT NULL DEFAULT 0",)

# The tags of a conversation (store/history/tags.py), NULL if none; also written compactly.
TAGS = ("ALTER TABLE conversation ADD tags",)

STEPS: Steps = (FIRST, MEMORY, DATA, CALLS, KEEPS, TAGS)


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def upgrade(
    connection: sqlite3.Connection, path: str, *, steps: Steps = STEPS, keep: bool = True
) -> None:
    """Takes all missing steps in one transaction, after copying the old file, which is kept.

    The caller holds the lock of the file, so that the copy has the content that the steps change.
    """
    reached = version(connection)
    if reached >= len(steps):
        return
    _refuse_foreign(connection, path)
    if reached and keep:
        _copy(connection, f"{path}.v{reached}.bak")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (s for step in steps[reached:] for s in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if not ours and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StorageError(
            msg("{path} belongs to another program", path=path),
            hint=msg("move it away; llmchat will create its own"),
        )


def _copy(connection: sqlite3.Connection, target: str) -> None:
    place = Path(target)
    if place.is_dir() and not place.is_symlink():
        raise StorageError(msg("{path} is not a regular file", path=target), hint=move_away(place))
    place.unlink(missing_ok=True)  # it may be a link or a pipe, which must not be written through
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)
    except BaseException:  # an incomplete copy is useless, and the disk may be full
        for left in (target, f"{target}-journal"):
            Path(left).unlink(missing_ok=True)
        raise
