"""The SQL of conversations: list, find, rename, delete, purge; and of unfinished answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from llmchat.errors import NothingFound, UsageError
from llmchat.language import msg
from llmchat.language.nearest import nearest
from llmchat.store.database.columns import fit_text, row_of, storable
from llmchat.store.database.database import damage
from llmchat.store.database.process import alive
from llmchat.store.history import tags
from llmchat.store.history.rows import AttachmentRow, ConversationRow
from llmchat.store.search import index
from llmchat.store.search.normalize import fold

NEAREST = 3
FIRST_STEP = msg('llmchat ask "your question"')
_SELECT = f"SELECT {', '.join(ConversationRow._fields)} FROM conversation"
_ID = ConversationRow._fields.index("id")
_WITH_DATA = (
    "SELECT conversation FROM message WHERE data <> '' AND (:schema = '' OR schema = :schema)"
)


def recent(
    connection: sqlite3.Connection,
    *,
    limit: int,
    offset: int,
    trash: bool,
    schema: str | None = None,
    tag: str | None = None,
) -> list[ConversationRow]:
    where, order = ("IS NOT NULL", "deleted") if trash else ("IS NULL", "updated")
    chosen = "" if schema is None else f"AND n IN ({_WITH_DATA})"
    chosen += "" if tag is None else f" AND {tags.TAGGED}"
    sought = "" if tag is None else tags.sought(tag)
    return _rows(
        connection.execute(
            f"""{_SELECT} WHERE deleted {where} {chosen} ORDER BY {order} DESC
                LIMIT :limit OFFSET :offset""",
            {"limit": limit, "offset": offset, "schema": schema, "tag": sought},
        )
    )


def _rows(found: Iterable[tuple[Any, ...]]) -> list[ConversationRow]:
    rows = list(found)
    if not all(isinstance(row[_ID], str) for row in rows):
        # It could not be named; the repair gives it a new one.
        raise damage("a conversation has no id")
    return [row_of(ConversationRow, row) for row in rows]


def by_number(connection: sqlite3.Connection, number: int) -> ConversationRow:
    return _rows(connection.execute(f"{_SELECT} WHERE n = ?", (number,)))[0]


def starting_with(
    connection: sqlite3.Connection, prefix: str, *, limit: int, trash: bool = False
) -> list[ConversationRow]:
    return _rows(
        connection.execute(
            f"""{_SELECT} WHERE id >= ? AND id < ? AND (deleted IS NOT NULL) = ?
                ORDER BY updated DESC LIMIT ?""",
            (prefix, prefix + "\U0010ffff", trash, limit),
        )
    )


def find(connection: sqlite3.Connection, ref: str, *, trash: bool = False) -> ConversationRow:
    """The conversation that `ref` names; raises an error for none or several."""
    if ref == "last":
        found = recent(connection, limit=1, offset=0, trash=trash)
        if not found:
            raise NothingFound(_none_yet(trash=trash), hint=FIRST_STEP)
        return found[0]
    ref = storable(ref.strip())
    if not ref:
        raise UsageError(
            msg("no conversation named"),
            hint=msg("name it by its ID, the start of its ID, its title, or `last`"),
        )
    found = _named(connection, ref, trash=trash) or _named(connection, ref.lower(), trash=trash)
    found = found or _titled(connection, ref, trash=trash)
    if not found and not trash and _named(connection, ref, trash=True):
        hint = msg("llmchat history restore {ref}", ref=ref)
        raise NothingFound(msg("{ref} is in the trash", ref=ref), hint=hint)
    if not found:
        near = _nearest(connection, ref, trash=trash)
        raise NothingFound(msg('no conversation matches "{ref}"', ref=ref), hint=near)
    if len(found) > 1:
        raise _ambiguous(ref, found)
    return found[0]


def _named(connection: sqlite3.Connection, ref: str, *, trash: bool) -> list[ConversationRow]:
    """Conversations by id or the beginning of one; imported ids may have capital letters."""
    found = starting_with(connection, ref, limit=NEAREST + 1, trash=trash)
    return [row for row in found if row.id == ref] or found


def _titled(connection: sqlite3.Connection, ref: str, *, trash: bool) -> list[ConversationRow]:
    return _rows(
        connection.execute(
            f"""{_SELECT} WHERE instr(folded, ?) > 0 AND (deleted IS NOT NULL) = ?
                ORDER BY folded = ? DESC, updated DESC LIMIT ?""",
            (fold(ref), trash, fold(ref), NEAREST + 1),
        )
    )


def _ambiguous(ref: str, rows: list[ConversationRow]) -> UsageError:
    names = ", ".join(f"{row.id} ({row.title})" for row in rows[:NEAREST])
    more = ", ..." if len(rows) > NEAREST else ""
    return UsageError(
        msg(
            '"{ref}" matches several conversations: {names}{more}', ref=ref, names=names, more=more
        ),
        hint=msg("use more characters of the ID"),
    )


def _nearest(connection: sqlite3.Connection, ref: str, *, trash: bool) -> str:
    """The most similar titles among the newest thousand."""
    rows = recent(connection, limit=1000, offset=0, trash=trash)
    if not rows:
        return _none_yet(trash=trash)
    names = {name: row for row in rows for name in (row.id, fold(row.title))}
    near = nearest(fold(ref), names, most=NEAREST)
    close = [names[name] for name in near] or rows[:1]
    listed = dict.fromkeys(f"{row.id} ({row.title})" for row in close)
    return msg("closest: {names}", names=", ".join(listed))


def _none_yet(*, trash: bool) -> str:
    return msg("the trash is empty") if trash else msg("there are no conversations yet")


def attachments(connection: sqlite3.Connection, message: int) -> list[AttachmentRow]:
    rows = connection.execute(
        f"SELECT {', '.join(AttachmentRow._fields)} FROM attachment WHERE message = ?"
        " ORDER BY position",
        (message,),
    )
    return [row_of(AttachmentRow, row) for row in rows]


def rename(connection: sqlite3.Connection, row: ConversationRow, title: str) -> None:
    line = " ".join(storable(title).split())
    if not line:
        raise UsageError(
            msg("the title is empty"), hint=msg('llmchat history rename ID "new title"')
        )
    connection.execute(
        "UPDATE conversation SET title = ?, folded = ? WHERE n = ?", (line, fold(line), row.n)
    )


def retitle(connection: sqlite3.Connection, row: ConversationRow, old: str, new: str) -> None:
    if row.title == old and new.strip():
        rename(connection, row, new)


def mark_deleted(connection: sqlite3.Connection, row: ConversationRow, when: float | None) -> None:
    connection.execute("UPDATE conversation SET deleted = ? WHERE n = ?", (when, row.n))


def purge(connection: sqlite3.Connection, number: int) -> None:
    """Removes every trace of a conversation."""
    found = connection.execute("SELECT id FROM message WHERE conversation = ?", (number,))
    for (message,) in found.fetchall():
        remove_message(connection, message)
    connection.execute("DELETE FROM conversation WHERE n = ?", (number,))
    forget_freed_ids(connection)


def forget_freed_ids(connection: sqlite3.Connection) -> None:
    """Forgets the ids above the last message as imported, because SQLite gives them to new
    messages."""
    last = connection.execute("SELECT max(id) FROM message").fetchone()[0] or 0
    connection.execute("DELETE FROM batch WHERE first > ?", (last,))
    connection.execute("UPDATE batch SET last = ?1 WHERE last > ?1", (last,))


def has_children(connection: sqlite3.Connection, number: int) -> bool:
    """Whether the conversation continues after this message."""
    row = connection.execute("SELECT 1 FROM message WHERE parent = ?", (number,)).fetchone()
    return row is not None


def remove_message(connection: sqlite3.Connection, number: int) -> None:
    """Removes every trace of a message: its row, index entry, pieces, attachments and calls."""
    row = connection.execute("SELECT text, indexed FROM message WHERE id = ?", (number,)).fetchone()
    if row and row[1]:
        index.remove(connection, number, row[0])
    for table in ("piece", "attachment", "tool_call"):
        connection.execute(f"DELETE FROM {table} WHERE message = ?", (number,))
    connection.execute("DELETE FROM message WHERE id = ?", (number,))


def abandoned(connection: sqlite3.Connection) -> list[int]:
    """Answers whose process died while streaming."""
    streaming = connection.execute(
        "SELECT id, process, process_start FROM message WHERE state = 'streaming'"
    )
    return [
        answer
        for answer, process, start in streaming
        if not (isinstance(process, int) and alive(process, fit_text(start)))
    ]


def text_so_far(connection: sqlite3.Connection, answer: int) -> str:
    """The text of an answer that has not ended."""
    pieces = connection.execute("SELECT text FROM piece WHERE message = ? ORDER BY id", (answer,))
    return "".join(fit_text(text) for (text,) in pieces)
