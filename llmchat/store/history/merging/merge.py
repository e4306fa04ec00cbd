"""Merges conversations from an export, another program or a damaged file into the history.

They have the form of our JSON export, checked by `portable.fitted`: a conversation with its
`messages`, linked by `id` and `parent` within it. What exists already is not added again. Rows are
collected and inserted together, one transaction at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from llmchat.store.history.calls import kept_call, put_calls
from llmchat.store.history.merging.portable import Portable
from llmchat.store.history.naming import new_id, title_of
from llmchat.store.history.queries import forget_freed_ids
from llmchat.store.search import index
from llmchat.store.search.normalize import fold
from llmchat.values.roles import SUMMARY

AT_ONCE = 5000  # messages per transaction: other terminals can write between two of them
LONGEST_AT_ONCE = 8_000_000  # characters of these messages
_ATTACH = "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?)"
_FILE = ("name", "media_type", "size", "sha256")
_same = itemgetter("role", "created", "text")

Row = Mapping[str, Any]


class Merge:
    """Adds conversations in an open transaction, and counts what was new."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        forget_freed_ids(connection)  # an older version left them behind when it purged
        self.conversations = 0
        self.messages = 0
        self._number = self._highest("n", "conversation")
        self._first = self._next = self._highest("id", "message") + 1
        self._rows: list[Row] = []
        self._files: list[tuple[Any, ...]] = []
        self._words: list[str] = []  # of the last rows
        self._calls: list[tuple[int, list[Mapping[str, Any]]]] = []

    def put(self, conversation: Portable) -> None:
        found = self._find(conversation)
        known = self._known(found) if found else {}
        number = found or self._number + 1
        places: dict[Any, int] = {}
        before = self._next
        for message in conversation["messages"]:
            place = known.get(_same(message["row"])) if known else None
            if place is None:
                place = self._add(number, message, parent=places.get(message["parent"]))
            places[message["id"]] = place
        added = self._next - before
        self.messages += added
        if found is None:
            self._insert(number, conversation, _leaf(conversation, places), added)
        elif added:
            self._extend(number, conversation, max(places.values()), added)
            if not known:
                self._describe(number, conversation)

    def flush(self) -> None:
        """Inserts the collected rows. The index comes first, while the words of the next batch are
        made in a thread: SQLite inserts them in one call without holding the GIL, but needs it for
        each message row."""
        if self._words:
            index.add_many(self._connection, self._next - len(self._words), self._words)
        cursor = self._connection.cursor()
        for row in self._rows:
            cursor.execute(_insert((*row,)), (*row.values(),))
        self._connection.executemany(_ATTACH, self._files)
        for place, calls in self._calls:
            put_calls(self._connection, place, enumerate(map(kept_call, calls)))
        self._rows, self._files, self._words, self._calls = [], [], [], []

    def close(self) -> None:
        """Records which ids are older than they seem, for the order of search results."""
        self.flush()
        last = self._next - 1
        if last < self._first:
            return
        joined = self._connection.execute(
            "UPDATE batch SET last = ? WHERE last = ?", (last, self._first - 1)
        )
        if not joined.rowcount:
            self._connection.execute("INSERT INTO batch VALUES (?, ?)", (self._first, last))

    def _highest(self, number: str, table: str) -> int:
        return self._connection.execute(f"SELECT max({number}) FROM {table}").fetchone()[0] or 0

    def _find(self, conversation: Portable) -> int | None:
        found = self._connection.execute(
            "SELECT n FROM conversation WHERE id = ? OR source = ?",
            (conversation.get("id"), conversation.get("source")),
        ).fetchone()
        return int(found[0]) if found else None

    def _known(self, number: int) -> dict[tuple[str, float, str], int]:
        self.flush()  # the file may contain the same conversation twice
        rows = self._connection.execute(
            "SELECT role, created, text, id FROM message WHERE conversation = ?", (number,)
        )
        return {(role, created, text): place for role, created, text, place in rows}

    def _insert(self, number: int, conversation: Portable, leaf: int | None, messages: int) -> None:
        title = conversation.get("title") or _first_words(conversation)
        self._connection.execute(
            """INSERT INTO conversation (n, id, title, folded, created, updated, provider, model,
                system, deleted, source, forked_from, tags, leaf, messages)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                number,
                conversation.get("id") or new_id(),
                title,
                fold(title),
                conversation["created"],
                conversation["updated"],
                *(conversation.get(name) or "" for name in ("provider", "model", "system")),
                *(conversation.get(name) for name in ("deleted", "source", "forked_from", "tags")),
                leaf,
                messages,
            ),
        )
        self._number = number
        self.conversations += 1

    def _extend(self, number: int, conversation: Portable, leaf: int, added: int) -> None:
        self._connection.execute(
            """UPDATE conversation SET leaf = ?, messages = messages + ?,
                updated = max(updated, ?) WHERE n = ?""",
            (leaf, added, conversation["updated"], number),
        )

    def _describe(self, number: int, conversation: Portable) -> None:
        """Sets the title, provider and model of a conversation that was empty before."""
        title = conversation.get("title") or _first_words(conversation)
        said = {"title": title, "folded": fold(title)}
        said |= {name: conversation.get(name) or "" for name in ("provider", "model", "system")}
        columns = ", ".join(f"{name} = coalesce(nullif({name}, ''), ?)" for name in said)
        self._connection.execute(
            f"UPDATE conversation SET {columns} WHERE n = ?", (*said.values(), number)
        )

    def _add(self, number: int, message: Portable, *, parent: int | None) -> int:
        place = self._next
        self._next += 1
        row = message["row"]
        searched = row["role"] != SUMMARY
        own = {"id": place, "conversation": number, "parent": parent, "indexed": int(searched)}
        self._rows.append({**own, **row})
        words = message.get("words") if searched else ""
        self._words.append(index.searched(row["text"]) if words is None else words)
        for position, file in enumerate(message["attachments"]):
            self._files.append((place, position, *(file[name] for name in _FILE)))
        if calls := message["tool_calls"]:
            self._calls.append((place, calls))
        return place


# Runs a function in one transaction, and returns its result.
Write = Callable[[Callable[[sqlite3.Connection], Any]], Any]


def merge_chunks(write: Write, chunks: Iterable[Iterable[Portable]]) -> tuple[int, int]:
    """Merges each chunk in its own transaction; returns the number of new conversations and
    messages."""
    conversations = messages = 0
    for chunk in chunks:
        merged = write(partial(_put, chunk))
        conversations += merged.conversations
        messages += merged.messages
    unsettled = messages > 0
    while unsettled:
        unsettled = write(index.settle)
    return conversations, messages


def chunks(found: Iterable[Portable]) -> Iterator[list[Portable]]:
    """Groups conversations into chunks for one transaction each."""
    chunk: list[Portable] = []
    messages = length = 0
    for conversation in found:
        chunk.append(conversation)
        messages += len(conversation["messages"])
        length += sum(len(message["row"]["text"]) for message in conversation["messages"])
        if messages >= AT_ONCE or length >= LONGEST_AT_ONCE:
            yield chunk
            chunk, messages, length = [], 0, 0
    if chunk:
        yield chunk


def _put(chunk: Iterable[Portable], connection: sqlite3.Connection) -> Merge:
    merge = Merge(connection)
    for conversation in chunk:
        merge.put(conversation)
    merge.close()
    return merge


def _leaf(conversation: Portable, places: Mapping[Any, int]) -> int | None:
    """The message where a new conversation continues; None if it was undone completely."""
    if conversation.get("leaf", 0) is None:
        return None
    return places.get(conversation.get("leaf"), max(places.values(), default=None))


def _first_words(conversation: Portable) -> str:
    rows = (message["row"] for message in conversation["messages"])
    return title_of(next((row["text"] for row in rows if row["role"] == "user"), ""))


@lru_cache(maxsize=100)
def _insert(columns: tuple[str, ...]) -> str:
    """The INSERT for these columns; others get the table's defaults, because binding them would
    double the work."""
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO message ({', '.join(columns)}) VALUES ({marks})"
