"""The SQL of the message tree: the active branch, its alternatives, undo, redo, forks.

A parent is older than its children; rows of a damaged file that say otherwise are ignored, because
they would form cycles. Why: docs/decisions/0030-history-as-a-tree.md.
"""

from __future__ import annotations

import sqlite3

from llmchat.errors import NothingFound
from llmchat.language import msg
from llmchat.store.database.columns import row_of
from llmchat.store.history.naming import new_id
from llmchat.store.history.queries import attachments, by_number, text_so_far
from llmchat.store.history.rows import ConversationRow, MessageRow, insert
from llmchat.store.search import index
from llmchat.store.search.normalize import fold
from llmchat.values.roles import SUMMARY

_SELECT = f"SELECT {', '.join(MessageRow._fields)} FROM message"
_ON_THE_WAY = "m." + ", m.".join(MessageRow._fields)
_UP = """WITH RECURSIVE up (id, parent, height) AS (
        SELECT id, parent, 0 FROM message WHERE id = ?
        UNION ALL
        SELECT m.id, m.parent, up.height + 1 FROM message AS m JOIN up
            ON m.id = up.parent AND m.id < up.id
    )"""


def branch(connection: sqlite3.Connection, leaf: int | None) -> list[MessageRow]:
    rows = connection.execute(
        f"""{_UP} SELECT {_ON_THE_WAY} FROM up JOIN message AS m ON m.id = up.id
            ORDER BY up.height DESC""",
        (leaf,),
    )
    return _with_pieces(connection, [row_of(MessageRow, row) for row in rows])


def messages(connection: sqlite3.Connection, conversation: int) -> list[MessageRow]:
    rows = connection.execute(f"{_SELECT} WHERE conversation = ? ORDER BY id", (conversation,))
    return _with_pieces(connection, [row_of(MessageRow, row) for row in rows])


def message(connection: sqlite3.Connection, number: int) -> MessageRow:
    found = connection.execute(f"{_SELECT} WHERE id = ?", (number,))
    rows = [row_of(MessageRow, row) for row in found]
    if not rows:
        raise NothingFound(
            msg("there is no message {number} in this conversation", number=number),
            hint=msg("llmchat history show last"),
        )
    return _with_pieces(connection, rows)[0]


def _with_pieces(connection: sqlite3.Connection, rows: list[MessageRow]) -> list[MessageRow]:
    """Adds the text of answers that another terminal is still streaming, which is stored in
    pieces."""
    for n, row in enumerate(rows):
        if row.state == "streaming":
            rows[n] = row._replace(text=text_so_far(connection, row.id))
    return rows


def set_leaf(connection: sqlite3.Connection, number: int) -> ConversationRow:
    this = message(connection, number)
    return _move(connection, this.conversation, _newest_below(connection, number))


def undo(connection: sqlite3.Connection, conversation: int) -> ConversationRow:
    row = by_number(connection, conversation)
    rows = reversed(branch(connection, row.leaf))
    question = next((m for m in rows if m.role in ("user", SUMMARY)), None)
    if question is None:
        raise NothingFound(msg("nothing to undo"), hint=msg("/redo reverses an undo"))
    return _move(connection, conversation, question.parent)


def redo(connection: sqlite3.Connection, conversation: int) -> ConversationRow:
    """Steps forward by one question and its newest answer, with what continues it."""
    row = by_number(connection, conversation)
    question = _newest_child(connection, conversation, row.leaf)
    if question is None:
        raise NothingFound(msg("nothing to redo"), hint=msg("/undo goes back one question"))
    leaf: int | None = question
    while answer := _newest_child(connection, conversation, leaf, role="assistant"):
        leaf = answer
    return _move(connection, conversation, leaf)


def _newest_child(
    connection: sqlite3.Connection, conversation: int, parent: int | None, *, role: str = "%"
) -> int | None:
    found = connection.execute(
        """SELECT max(id) FROM message
            WHERE conversation = ?1 AND parent IS ?2 AND id > coalesce(?2, 0) AND role LIKE ?3""",
        (conversation, parent, role),
    ).fetchone()
    return None if found[0] is None else int(found[0])


def _newest_below(connection: sqlite3.Connection, number: int) -> int:
    while True:
        child = connection.execute(
            "SELECT max(id) FROM message WHERE parent = ?1 AND id > ?1", (number,)
        ).fetchone()[0]
        if child is None:
            return number
        number = int(child)


def _move(connection: sqlite3.Connection, conversation: int, leaf: int | None) -> ConversationRow:
    connection.execute("UPDATE conversation SET leaf = ? WHERE n = ?", (leaf, conversation))
    return by_number(connection, conversation)


def fork(
    connection: sqlite3.Connection, row: ConversationRow, *, at: int | None, now: float
) -> ConversationRow:
    """Copies the conversation, so that each of the two can be deleted without the other."""
    copied = branch(connection, at or row.leaf)
    names = {"id": new_id(), "title": row.title, "folded": fold(row.title), "forked_from": row.id}
    asked = {"provider": row.provider, "model": row.model, "system": row.system, "tags": row.tags}
    counts = {"created": now, "updated": now, "messages": len(copied)}
    number = insert(connection, "conversation", {**names, **asked, **counts})
    leaf: int | None = None
    for original in copied:
        leaf = _copy(connection, original, conversation=number, parent=leaf)
    return _move(connection, number, leaf)


def _copy(
    connection: sqlite3.Connection, original: MessageRow, *, conversation: int, parent: int | None
) -> int:
    fields = original._asdict() | {"conversation": conversation, "parent": parent}
    del fields["id"]
    if fields["state"] == "streaming":
        fields["state"] = "interrupted"
    copy = insert(connection, "message", fields)
    for file in attachments(connection, original.id):
        row = file._replace(message=copy)
        connection.execute("INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.execute(
        """INSERT INTO tool_call SELECT ?, position, round, said, thought, id, name, label,
            arguments, outcome, ms, memory, result FROM tool_call WHERE message = ?""",
        (copy, original.id),
    )
    if original.role != SUMMARY:
        index.add(connection, copy, original.text)
    return copy
