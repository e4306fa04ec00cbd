"""Our own file with values that another program or a disk error left in it: SQLite stores any value
in any column. What can be read is read, and nothing ends with an internal error."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from llmchat.errors import NothingFound, StorageError
from llmchat.store.database.schema import STEPS
from llmchat.store.history.history import History
from llmchat.store.transfer.export import FORMS, export
from llmchat.values.calls import KeptCall, ToolCall

Keep = Callable[..., str]
Read = Callable[[History], object]
TABLES = ("conversation", "message", "attachment", "tool_call", "piece", "batch")
VALUES = (None, "word", b"\x00\xff", 2**62, -5, 3.5, 1e18, float("inf"))
READERS: tuple[Read, ...] = (
    lambda h: json.dumps([row.listed() for row in h.recent(limit=-1)]),
    lambda h: h.recent(trash=True),
    lambda h: h.tags(),
    lambda h: h.search("why"),
    lambda h: h.search("provider:demo", rank=True),
    lambda h: h.stats(),
    lambda h: sorted((t.day, t.provider, t.model) for t in h.tallies()),
    lambda h: h.tallies(days=9000),
    *((lambda h, f=f: "".join(export(h, h.recent(limit=-1), form=f))) for f in FORMS),
    lambda h: h.undo(h.find("last")),
    lambda h: h.fork(h.find("last")),
    lambda h: [h.delete("last") and h.purge("last") for _ in h.recent(limit=-1)],
)


def filled(history: History, keep: Keep) -> str:
    """A row in each table; the path of the file."""
    from llmchat.store.history.calls import put_calls

    keep("why one?")
    keep("why two?")
    kept = KeptCall(ToolCall("c1", "time", "{}", "time", 1), 0, 0, "noon", "ok", 3)

    def add(connection: sqlite3.Connection) -> None:
        put_calls(connection, 4, [(0, kept)])
        connection.execute("INSERT INTO attachment VALUES (3, 0, '/a', 'image/png', 3, 'aa')")
        connection.execute("INSERT INTO piece (message, text) VALUES (4, 'half')")
        connection.execute(
            """INSERT INTO message (conversation, parent, role, state, created, process)
                VALUES (2, 4, 'assistant', 'streaming', 1, 999999)"""
        )
        connection.execute("INSERT INTO piece (message, text) VALUES (5, 'half')")
        connection.execute("INSERT INTO batch VALUES (1, 2)")
        connection.execute("UPDATE conversation SET tags = ' work '")

    history.store(add)
    history.close()
    return history.path


def columns(path: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            (table, row[1])
            for table in TABLES
            for row in connection.execute(f"PRAGMA table_info({table})")
        ]


def spoil(path: str, table: str, column: str, value: object) -> None:
    """Writes a value that the table would refuse, by removing its constraints meanwhile."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema = "UPDATE sqlite_master SET sql = {} WHERE type = 'table' AND name = ?"
        (rules,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(schema.format("replace(sql, ' NOT NULL', '')"), (table,))
        connection.execute("PRAGMA writable_schema = RESET")
        streaming = " WHERE state = 'streaming'" if column.startswith("process") else ""
        with suppress(sqlite3.IntegrityError):  # the number of a row is always a number
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?{streaming}", (value,))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(schema.format("?"), (rules, table))
        connection.execute("PRAGMA writable_schema = RESET")


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_value_in_any_column_ends_no_reading(
    history: History, keep: Keep, tmp_path: Path, value: object
) -> None:
    whole = Path(filled(history, keep)).read_bytes()
    for table, column in columns(history.path):
        path = tmp_path / f"{table}.{column}" / "history.db"
        path.parent.mkdir()
        path.write_bytes(whole)
        spoil(str(path), table, column, value)
        for read in READERS:
            spoilt = History(path)
            with suppress(NothingFound):  # any other error is one of ours
                read(spoilt)
            spoilt.close()


def test_what_is_right_beside_a_wrong_value_is_shown(history: History, keep: Keep) -> None:
    path = filled(history, keep)
    spoil(path, "conversation", "updated", 1e18)
    spoil(path, "message", "total_tokens", 2**62)
    spoil(path, "message", "model", b"by\xff")
    assert [row.title for row in history.recent()] == ["why two?", "why one?"]
    assert [row.updated for row in history.recent()] == [0.0, 0.0]
    assert [m.text for m in history.branch(history.find("why two"))] == ["why two?", "an answer"]
    stats = history.stats()
    assert (stats.answers, stats.tokens) == (3, 0)
    assert {model.model for model in stats.models} == {"by\N{REPLACEMENT CHARACTER}"}


def test_a_conversation_whose_id_is_not_a_text_gets_one(history: History, keep: Keep) -> None:
    path = filled(history, keep)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE conversation SET id = X'00FF' WHERE n = 2")
        connection.commit()
    found = history.recent()
    assert [row.title for row in found] == ["why two?", "why one?"]
    assert history.find(found[0].id).title == "why two?"
    assert any("recovered 2" in line for line in history.news)


ALTERED: dict[str, tuple[str, list[str]]] = {
    "a text renamed": ("ALTER TABLE message RENAME COLUMN text TO words", ["why one?"]),
    "a title renamed": ("ALTER TABLE conversation RENAME COLUMN title TO name", ["why one?"]),
    "a model dropped": ("ALTER TABLE message DROP COLUMN model", ["why one?"]),
    "no index": ("DROP TABLE words", ["why one?"]),
}


@pytest.mark.parametrize("case", ALTERED)
def test_a_column_that_is_not_there_is_recovered_from(
    history: History, keep: Keep, case: str
) -> None:
    statement, found = ALTERED[case]
    path = filled(history, keep)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
        connection.execute("VACUUM")
    assert [hit.title for hit in history.search("one")] == found
    assert [m.text for m in history.branch(history.find("why one"))] == ["why one?", "an answer"]


def test_a_file_of_a_newer_version_stays_where_it_is(
    history: History,
    keep: Keep,
) -> None:
    path = filled(history, keep)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE message RENAME COLUMN text TO words")
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(StorageError):
        history.search("why")
    assert not list(Path(path).parent.glob("*.damaged*"))
