"""The rows of a turn when it begins: question and answer, before the request is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from llmchat.language import msg
from llmchat.store.database.columns import storable
from llmchat.store.database.process import myself
from llmchat.store.history.naming import title_of
from llmchat.store.history.queries import has_children, remove_message
from llmchat.store.history.rows import insert
from llmchat.store.search.normalize import fold

File = tuple[str, str, int, str]  # name, media type, size, SHA-256
Found = Literal["kept", "trashed", "gone"]  # what another process did to a conversation
NEWS: dict[Found, str] = {
    "trashed": msg("the conversation was in the trash; this question brought it back"),
    "gone": msg("the conversation is no longer in the history; this question starts a new one"),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a turn; with `again` it asks the question `parent` again."""

    conversation: str
    question: str
    again: bool = False
    parent: int | None = None
    provider: str = ""
    model: str = ""
    system: str = ""
    attachments: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class TurnPlace:
    """The numbers of the rows of a turn; `before` is what it changed of its conversation, and
    `found` how it stood there. Numbers of purged rows are given again, so that `created`
    tells the answer from another one."""

    conversation: int
    question: int
    answer: int
    before: tuple[object, ...]
    created: float
    found: Found


def begin(connection: sqlite3.Connection, opening: Opening, *, now: float) -> TurnPlace:
    """The rows that are there before the request leaves; also after the file was replaced."""
    number, found = _conversation(connection, opening, now=now)
    before = connection.execute(
        "SELECT updated, provider, model, system, deleted FROM conversation WHERE n = ?", (number,)
    ).fetchone()
    parent = _known(connection, opening.parent, number)
    if opening.again and parent is not None:
        question, rows = parent, 1
    else:
        question, rows = _question(connection, opening, number, parent=parent, now=now), 2
    process, start = myself()
    provider, model = storable(opening.provider), storable(opening.model)
    place = {"conversation": number, "parent": question, "role": "assistant", "state": "streaming"}
    asked = {"requested_provider": provider, "provider": provider, "requested_model": model}
    writer = {"created": now, "process": process, "process_start": start}
    answer = insert(connection, "message", {**place, **asked, **writer})
    connection.execute(
        """UPDATE conversation SET leaf = ?, updated = ?, messages = messages + ?, provider = ?,
            model = ?, system = ?, deleted = NULL WHERE n = ?""",
        (answer, now, rows, provider, model, storable(opening.system), number),
    )
    return TurnPlace(number, question, answer, tuple(before), now, found)


def ask(connection: sqlite3.Connection, opening: Opening, *, now: float) -> tuple[int, Found]:
    """A question that several will answer side by side: its row is there before their turns. With
    it comes how its conversation stood there."""
    number, found = _conversation(connection, opening, now=now)
    parent = _known(connection, opening.parent, number)
    question = _question(connection, opening, number, parent=parent, now=now)
    connection.execute(
        """UPDATE conversation SET leaf = ?, updated = ?, messages = messages + 1, system = ?,
            deleted = NULL WHERE n = ?""",
        (question, now, storable(opening.system), number),
    )
    return question, found


def withdraw(connection: sqlite3.Connection, question: int) -> None:
    """Removes a question that reached no service, unless something follows it."""
    row = connection.execute(
        "SELECT conversation, parent FROM message WHERE id = ?", (question,)
    ).fetchone()
    if not row or has_children(connection, question):
        return
    conversation, parent = row
    remove_message(connection, question)
    connection.execute(
        "UPDATE conversation SET messages = messages - 1 WHERE n = ?", (conversation,)
    )
    connection.execute(
        "UPDATE conversation SET leaf = ? WHERE n = ? AND leaf = ?",
        (parent, conversation, question),
    )
    _forget_empty(connection, conversation)


def _conversation(
    connection: sqlite3.Connection, opening: Opening, *, now: float
) -> tuple[int, Found]:
    """Its number, and what another process did to it meanwhile. What was purged is not written
    again (docs/decisions/0177-a-purge-holds.md)."""
    found = connection.execute(
        "SELECT n, deleted FROM conversation WHERE id = ?", (opening.conversation,)
    ).fetchone()
    if found:
        return int(found[0]), "kept" if found[1] is None else "trashed"
    title = title_of(storable(opening.question))
    names = {"id": opening.conversation, "title": title, "folded": fold(title)}
    number = insert(connection, "conversation", {**names, "created": now, "updated": now})
    return number, "kept" if opening.parent is None else "gone"


def _known(connection: sqlite3.Connection, parent: int | None, conversation: int) -> int | None:
    """The parent, unless it is in a file that was moved away."""
    found = connection.execute(
        "SELECT id FROM message WHERE id = ? AND conversation = ?", (parent, conversation)
    ).fetchone()
    return int(found[0]) if found else None


def _question(
    connection: sqlite3.Connection,
    opening: Opening,
    conversation: int,
    *,
    parent: int | None,
    now: float,
) -> int:
    place = {"conversation": conversation, "parent": parent, "role": "user", "state": "complete"}
    said = {"created": now, "ended": now, "text": storable(opening.question)}
    question = insert(connection, "message", {**place, **said})
    attach(connection, question, opening.attachments)
    return question


def attach(connection: sqlite3.Connection, message: int, files: Sequence[File]) -> None:
    """Adds the attachments of a message."""
    connection.executemany(
        "INSERT OR REPLACE INTO attachment VALUES (?, ?, ?, ?, ?, ?)",
        [(message, place, storable(name), *what) for place, (name, *what) in enumerate(files)],
    )


def exists(connection: sqlite3.Connection, place: TurnPlace) -> bool:
    """Whether the answer's row is still there; its conversation may have been purged meanwhile."""
    row = connection.execute(
        "SELECT 1 FROM message WHERE id = ? AND parent = ? AND created = ?",
        (place.answer, place.question, place.created),
    ).fetchone()
    return row is not None


def drop(connection: sqlite3.Connection, place: TurnPlace, opening: Opening) -> bool:
    """Removes the turn as if it had not begun, and its conversation if that is then empty. False if
    the conversation went on from it meanwhile: then it stays
    (docs/decisions/0093-nothing-left-of-what-reached-nobody.md)."""
    again = place.question == opening.parent
    gone = (place.answer,) if again else (place.answer, place.question)
    others = "SELECT 1 FROM message WHERE parent IN (?, ?) AND id <> ?"
    if connection.execute(others, (place.answer, gone[-1], place.answer)).fetchone():
        return False
    for number in gone:
        remove_message(connection, number)
    number = place.conversation
    connection.execute(
        """UPDATE conversation SET updated = ?, provider = ?, model = ?, system = ?, deleted = ?,
            leaf = coalesce((SELECT max(id) FROM message WHERE parent = ?), ?)
            WHERE n = ? AND leaf = ?""",
        (*place.before, opening.parent if again else None, opening.parent, number, place.answer),
    )
    connection.execute(
        "UPDATE conversation SET messages = messages - ? WHERE n = ?", (len(gone), number)
    )
    _forget_empty(connection, number)
    return True


def _forget_empty(connection: sqlite3.Connection, conversation: int) -> None:
    connection.execute(
        """DELETE FROM conversation WHERE n = ?1
            AND NOT EXISTS (SELECT 1 FROM message WHERE conversation = ?1)""",
        (conversation,),
    )
