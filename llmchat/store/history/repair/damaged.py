"""Reads the rows of a damaged file around the damage, and rebuilds conversations from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from llmchat.store.database.columns import fit_moment
from llmchat.store.database.database import DAMAGED, fault
from llmchat.store.history.rows import parsed
from llmchat.values.progress import UNSEEN, Work

PAGE = 4096
SMALLEST_ROW = 32  # bytes of a row
STRIDE = 512  # rows read at once; halved near a damaged page until it is passed
KEYS = {
    "conversation": "n",
    "message": "id",
    "attachment": "message",
    "piece": "id",
    "tool_call": "message",
}

ROOT = "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?"
TABLE_PAGES = (b"\x05", b"\x0d")  # the first byte of a table's page

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LOST = "(untitled conversation)"

Fields = dict[str, Any]


class DamagedDatabase:
    """Reads the readable rows, in the order of their numbers."""

    def __init__(self, source: sqlite3.Connection) -> None:
        self._source = source

    def rows(self, table: str, columns: str = "*", *, last: int | None = None) -> Iterator[Fields]:
        key = KEYS[table]
        if not self._has_root(table, key):
            return
        last = self._last(table, key) if last is None else last
        start, stride = -1, STRIDE
        patience = self._most_rows()  # numbers may be far apart, with damage between them
        while start < last and patience:
            try:
                found = self._read(table, columns, f"{key} > {start} AND {key} <= {start + stride}")
                following = self._next(table, key, start, last) if not found else None
            except sqlite3.DatabaseError as error:
                if fault(error) != DAMAGED:
                    return
                if stride > 1:
                    stride = max(1, stride // 2)
                    continue
                found, following = [], None
                patience -= 1
            yield from found
            start = max(start + stride, following - 1 if following is not None else 0)
            stride = min(STRIDE, stride * 2)

    def _has_root(self, table: str, key: str) -> bool:
        """Whether a table can be read at all. Without its root page no row is found, and every
        number would be tried. The file may be behind its log, so a single readable row counts
        too."""
        for end in ("min", "max"):
            with suppress(sqlite3.DatabaseError):
                self._source.execute(f"SELECT {end}({key}) FROM {table}").fetchone()
                return True
        try:
            (root,) = self._source.execute(ROOT, (table,)).fetchone() or (1,)
            (size,) = self._source.execute("PRAGMA page_size").fetchone()
            path = self._source.execute("PRAGMA database_list").fetchone()[2]
        except sqlite3.DatabaseError:
            return False
        with open(path, "rb") as file:
            file.seek((root - 1) * size)
            return file.read(1) in TABLE_PAGES

    def _next(self, table: str, key: str, start: int, last: int) -> int:
        """The number of the first row after a gap."""
        found = self._source.execute(
            f"SELECT min({key}) FROM {table} NOT INDEXED WHERE {key} > {start}"
        ).fetchone()[0]
        return int(found) if isinstance(found, int) else last + 1

    def messages(self, numbers: Sequence[int]) -> list[Fields]:
        try:
            return self._read("message", "*", f"id IN ({', '.join(map(str, numbers))})")
        except sqlite3.DatabaseError:
            if len(numbers) == 1:
                return []
        return [message for number in numbers for message in self.messages([number])]

    def _read(self, table: str, columns: str, where: str) -> list[Fields]:
        rows = self._source.execute(f"SELECT {columns} FROM {table} NOT INDEXED WHERE {where}")
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _last(self, table: str, key: str) -> int:
        """The highest number; if it cannot be read, the most that a file of this size could
        have."""
        try:
            return int(self._source.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0)
        except sqlite3.DatabaseError:
            pass
        return self._most_rows()

    def _most_rows(self) -> int:
        try:
            pages = self._source.execute("PRAGMA page_count").fetchone()[0]
            return int(pages) * PAGE // SMALLEST_ROW
        except sqlite3.DatabaseError:
            return 0


def rebuild_conversations(damaged: DamagedDatabase, *, work: Work = UNSEEN) -> Iterator[Fields]:
    """Conversations, oldest first, including those whose own row is lost. Texts are read one
    conversation at a time, because a million messages do not fit in memory."""
    known = {row["n"]: row for row in damaged.rows("conversation")}
    members: dict[int, list[int]] = {}
    for row in damaged.rows("message", "id, conversation"):
        members.setdefault(row["conversation"], []).append(row["id"])
    work.expect(len(members))
    pieces = _pieces(damaged)
    last = max((number for numbers in members.values() for number in numbers), default=0)
    attached = _by_message(damaged, "attachment", last)
    called = _by_message(damaged, "tool_call", last)
    ages = {number: fit_moment(row["updated"]) or 0.0 for number, row in known.items()}
    for number in sorted(members, key=lambda n: ages.get(n, 0.0)):
        messages = damaged.messages(members[number])
        for message in messages:
            message["text"] = message["text"] or pieces.get(message["id"], "")
            message["attachments"] = attached.get(message["id"], [])
            message["data"] = parsed(message.get("data"))  # older files do not have it
            message["tool_calls"] = [_portable(row) for row in called.get(message["id"], [])]
        if messages:
            row = known.get(number) or _orphan(messages)
            name = row["id"] if isinstance(row["id"], str) else None
            yield {**row, "id": name, "messages": _chained(messages)}


def _by_message(damaged: DamagedDatabase, table: str, last: int) -> dict[int, list[Fields]]:
    """Rows of a table by message; `last` is the highest message number that could be read."""
    found: dict[int, list[Fields]] = {}
    for row in damaged.rows(table, last=last):
        found.setdefault(row["message"], []).append(row)
    return found


def _portable(row: Fields) -> Fields:
    """The row of a call with the names used in exports."""
    renamed = {"tool": "label", "after_text": "said", "after_reasoning": "thought"}
    return {**row, **{name: row.get(column) for name, column in renamed.items()}}


def _pieces(damaged: DamagedDatabase) -> dict[int, str]:
    pieces: dict[int, str] = {}
    for piece in damaged.rows("piece"):
        pieces[piece["message"]] = pieces.get(piece["message"], "") + str(piece["text"])
    return pieces


def _chained(messages: list[Fields]) -> list[Fields]:
    """Attaches messages whose parent is lost to the message before them."""
    known: set[int] = set()
    previous = None
    for message in messages:
        if message["parent"] is not None and message["parent"] not in known:
            message["parent"] = previous
        known.add(message["id"])
        previous = message["id"]
    return messages


def _orphan(messages: list[Fields]) -> Fields:
    """A conversation for messages whose own is lost; its id is the same each time, so that a second
    salvage adds nothing."""
    found = (fit_moment(message["created"]) for message in messages)
    moments = [moment for moment in found if moment is not None] or [0.0]
    bits = int(moments[0] * 1_000_000)
    return {
        "id": "".join(_ALPHABET[bits >> 5 * n & 31] for n in range(10)),
        "title": "" if any(m["role"] == "user" for m in messages) else _LOST,
        "created": min(moments),
        "updated": max(moments),
    }
