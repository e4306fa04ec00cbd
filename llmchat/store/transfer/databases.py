"""Reads conversations from an SQLite file: another history.db, or the logs.db of `llm`.

The file comes from elsewhere: only tables of plain rows are read, because a view can run forever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.store.database.database import DAMAGED, Connection, fault
from llmchat.store.database.schema import APPLICATION_ID
from llmchat.store.history.repair.salvage import read_damaged
from llmchat.store.transfer import llm

HINT = msg("import reads llmchat exports, llm's logs.db and ChatGPT's conversations.json")
LARGEST_VALUE = 1 << 26  # bytes of one value
Conversations = Generator[dict[str, Any], None, None]
OURS = ("conversation", "message", "piece", "attachment", "tool_call")
_DISGUISED = """SELECT name FROM sqlite_master
    WHERE (type = 'view' OR sql LIKE 'CREATE VIRTUAL%' OR sql LIKE '% GENERATED %' OR
        sql LIKE '% AS (%') AND name IN ({marks})"""


def recognised(path: Path) -> tuple[str, Conversations]:
    """The program that wrote the file, and its conversations."""
    connection = opened(path)
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            _refuse_disguised(connection, OURS, path)
            connection.close()
            return "llmchat", _told(read_damaged(str(path)), path)
        _refuse_disguised(connection, llm.TABLES, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        if fault(error) == DAMAGED:
            return "llmchat", _told(_recovered(path), path)
        raise _unreadable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return "llm", _told(_logs(connection), path)


def _recovered(path: Path) -> Conversations:
    """The conversations salvaged from a file; raises an error if there are none."""
    found = False
    for conversation in read_damaged(str(path)):
        found = True
        yield conversation
    if not found:
        raise UsageError(
            msg("cannot read {path}: it is damaged, and nothing is left", path=path), hint=HINT
        )


def opened(path: Path) -> sqlite3.Connection:
    """Opens the file for reading, with limits; invalid UTF-8 is replaced."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, factory=Connection
        )
    except sqlite3.OperationalError as error:  # it existed a moment ago
        raise _unreadable(path, error) from error
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    return connection


def _refuse_disguised(connection: sqlite3.Connection, names: tuple[str, ...], path: Path) -> None:
    marks = ", ".join("?" * len(names))
    found = connection.execute(_DISGUISED.format(marks=marks), names).fetchone()
    if found:
        raise UsageError(
            msg("{path}: {found} is not a plain table", path=path, found=found[0]), hint=HINT
        )


def _logs(connection: sqlite3.Connection) -> Conversations:
    try:
        yield from llm.conversations(connection)
    finally:
        connection.close()


def _told(found: Conversations, path: Path) -> Conversations:
    """Passes conversations on, and turns errors into ones that name the file."""
    try:
        yield from found
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: sqlite3.Error) -> UsageError:
    return UsageError(msg("cannot read {path}: {error}", path=path, error=error), hint=HINT)
