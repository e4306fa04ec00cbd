"""The rows of one turn: question and answer before the request, its pieces, its end."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.store.database.process import alive, myself
from llmchat.store.history.rows import fit, storable
from llmchat.store.search import index
from llmchat.store.search.normalize import fold

if TYPE_CHECKING:
    from llmchat.turn import Turn

File = tuple[str, str, int, str]  # name, media type, size, SHA-256

TITLE_LENGTH = 60
ID_LENGTH = 10  # 50 random bits: a million conversations meet once in two thousand histories
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, u: never a word like `last`
# A block with its fences, and above it the name of the file that it came from.
FENCED = re.compile(r"^(?:\S+:\n)?(`{3,})[^`\n]*\n.*?(?:^\1`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_NEEDS_ROOM = 0.6  # of the title's length: a word is cut only if it is longer than the rest


@dataclass(frozen=True, slots=True)
class Opening:
    """What a turn begins with; `again` asks the question `parent` once more."""

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
    """The numbers of the rows of a turn; `before` is what it changed of its conversation."""

    conversation: int
    question: int
    answer: int
    before: tuple[object, ...]


def new_id() -> str:
    bits = int.from_bytes(os.urandom(8), "big")
    return "".join([_ALPHABET[bits >> 5 * n & 31] for n in range(ID_LENGTH)])


def title_of(question: str) -> str:
    """The first words of a question, in one line; files and code blocks only where there is nothing
    else."""
    if "```" in question:
        question = FENCED.sub(" ", question).strip() or question
    shown = "".join(c if c.isprintable() else " " for c in question[: TITLE_LENGTH * 8])
    line = " ".join(shown.split())
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line.rfind(" ", 0, TITLE_LENGTH)
    return line[: cut if cut > TITLE_LENGTH * _NEEDS_ROOM else TITLE_LENGTH - 1] + "…"


def begin(connection: sqlite3.Connection, opening: Opening, *, now: float) -> TurnPlace:
    """The rows that are there before the request leaves; also after the file was replaced."""
    number = _conversation(connection, opening, now=now)
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
    answer = connection.execute(
        """INSERT INTO message (conversation, parent, role, state, created, requested_provider,
            provider, requested_model, process, process_start)
            VALUES (?, ?, 'assistant', 'streaming', ?, ?, ?, ?, ?, ?)""",
        (number, question, now, provider, provider, model, process, start),
    ).lastrowid
    assert answer is not None
    connection.execute(
        """UPDATE conversation SET leaf = ?, updated = ?, messages = messages + ?, provider = ?,
            model = ?, system = ?, deleted = NULL WHERE n = ?""",
        (answer, now, rows, provider, model, storable(opening.system), number),
    )
    return TurnPlace(number, question, answer, tuple(before))


def ask(connection: sqlite3.Connection, opening: Opening, *, now: float) -> int:
    """A question that several will answer side by side: its row is there before their turns."""
    number = _conversation(connection, opening, now=now)
    parent = _known(connection, opening.parent, number)
    question = _question(connection, opening, number, parent=parent, now=now)
    connection.execute(
        """UPDATE conversation SET leaf = ?, updated = ?, messages = messages + 1, system = ?,
            deleted = NULL WHERE n = ?""",
        (question, now, storable(opening.system), number),
    )
    return question


def withdraw(connection: sqlite3.Connection, question: int) -> None:
    """As if it had not been asked: none of those who were asked had it."""
    row = connection.execute(
        "SELECT conversation, parent FROM message WHERE id = ?", (question,)
    ).fetchone()
    if (
        not row
        or connection.execute("SELECT 1 FROM message WHERE parent = ?", (question,)).fetchone()
    ):
        return
    conversation, parent = row
    connection.execute("DELETE FROM attachment WHERE message = ?", (question,))
    connection.execute("DELETE FROM message WHERE id = ?", (question,))
    connection.execute(
        "UPDATE conversation SET messages = messages - 1 WHERE n = ?", (conversation,)
    )
    connection.execute(
        "UPDATE conversation SET leaf = ? WHERE n = ? AND leaf = ?",
        (parent, conversation, question),
    )
    _forget_empty(connection, conversation)


def _conversation(connection: sqlite3.Connection, opening: Opening, *, now: float) -> int:
    found = connection.execute(
        "SELECT n FROM conversation WHERE id = ?", (opening.conversation,)
    ).fetchone()
    if found:
        return int(found[0])
    title = title_of(storable(opening.question))
    number = connection.execute(
        "INSERT INTO conversation (id, title, folded, created, updated) VALUES (?, ?, ?, ?, ?)",
        (opening.conversation, title, fold(title), now, now),
    ).lastrowid
    assert number is not None
    return number


def _known(connection: sqlite3.Connection, parent: int | None, conversation: int) -> int | None:
    """The parent, unless it stayed behind in a file that was moved away."""
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
    question = connection.execute(
        """INSERT INTO message (conversation, parent, role, state, created, ended, text)
            VALUES (?, ?, 'user', 'complete', ?, ?, ?)""",
        (conversation, parent, now, now, storable(opening.question)),
    ).lastrowid
    assert question is not None
    _attach(connection, question, opening.attachments)
    return question


def _attach(connection: sqlite3.Connection, message: int, files: Sequence[File]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO attachment VALUES (?, ?, ?, ?, ?, ?)",
        [(message, place, *what) for place, what in enumerate(files)],
    )


def exists(connection: sqlite3.Connection, place: TurnPlace) -> bool:
    """Nobody has purged the conversation meanwhile."""
    row = connection.execute("SELECT 1 FROM message WHERE id = ?", (place.answer,)).fetchone()
    return row is not None


def drop(connection: sqlite3.Connection, place: TurnPlace, opening: Opening) -> bool:
    """As if it had not begun; a conversation without any message left goes as well. False where
    somebody went on from it meanwhile: then it stays
    (docs/decisions/0093-nothing-left-of-what-reached-nobody.md)."""
    again = place.question == opening.parent
    gone = (place.answer,) if again else (place.answer, place.question)
    others = "SELECT 1 FROM message WHERE parent IN (?, ?) AND id <> ?"
    if connection.execute(others, (place.answer, gone[-1], place.answer)).fetchone():
        return False
    for number in gone:
        connection.execute("DELETE FROM piece WHERE message = ?", (number,))
        connection.execute("DELETE FROM attachment WHERE message = ?", (number,))
        connection.execute("DELETE FROM message WHERE id = ?", (number,))
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


def add_piece(connection: sqlite3.Connection, answer: int, text: str) -> None:
    connection.execute("INSERT INTO piece (message, text) VALUES (?, ?)", (answer, storable(text)))


def text_so_far(connection: sqlite3.Connection, answer: int) -> str:
    pieces = connection.execute("SELECT text FROM piece WHERE message = ? ORDER BY id", (answer,))
    return "".join(text for (text,) in pieces)


def finish(connection: sqlite3.Connection, place: TurnPlace, turn: Turn, *, now: float) -> None:
    """The whole answer with its provenance, found by search from now on."""
    error, usage = turn.error, turn.usage
    _settle(
        connection,
        place.answer,
        storable(turn.text),
        state=turn.state,
        ended=now,
        finish_reason=turn.finish_reason,
        provider=turn.provider,
        model=turn.model,
        request_id=turn.request_id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        cached_tokens=usage.cached_tokens,
        first_token_ms=turn.first_token_ms,
        total_ms=turn.total_ms,
        attempts=_attempts(turn),
        error_kind=error.kind if error else "",
        error=error.message if error else "",
        reasoning=turn.reasoning,
        memory=_memory(turn),
    )
    _attach(connection, place.answer, _pictures(turn))
    connection.execute(
        "UPDATE conversation SET updated = ?, provider = ?, model = ? WHERE n = ?",
        (
            now,
            storable(turn.provider),
            storable(turn.model or turn.requested_model),
            place.conversation,
        ),
    )


def keep_data(connection: sqlite3.Connection, answer: int, data: str, schema: str) -> None:
    """Beside the text of an answer that has ended."""
    connection.execute(
        "UPDATE message SET data = ?, schema = ? WHERE id = ?", (data, storable(schema), answer)
    )


def _memory(turn: Turn) -> str:
    if not turn.memory:
        return ""
    import json  # as below

    return json.dumps(dict(turn.memory), ensure_ascii=False)


def _pictures(turn: Turn) -> list[File]:
    """The files that came with the answer, as far as they were saved."""
    saved = [image for image in turn.images if image.path]
    if not saved:
        return []
    from llmchat.store.history.attachments import digest  # hashlib, for such answers only

    return [(i.path, i.media_type, len(i.content), digest(i.content)) for i in saved]


def _attempts(turn: Turn) -> str:
    if not turn.attempts:
        return "[]"
    import json  # 5 ms, which nobody who only reads the history has to pay

    return json.dumps(
        [{"provider": a.provider, "outcome": a.outcome, "ms": a.ms} for a in turn.attempts]
    )


def _settle(connection: sqlite3.Connection, answer: int, text: str, **columns: object) -> None:
    """Write the end of an answer, and put it and its question into the index."""
    before = connection.execute(
        "SELECT indexed, text, parent FROM message WHERE id = ?", (answer,)
    ).fetchone()
    if before[0]:  # another process took us for dead and settled it
        index.remove(connection, answer, before[1])
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(
        f"UPDATE message SET {names}, text = ?, process = NULL, process_start = NULL WHERE id = ?",
        (*map(fit, columns.values()), text, answer),
    )
    connection.execute("DELETE FROM piece WHERE message = ?", (answer,))
    question = connection.execute(
        "SELECT id, text FROM message WHERE id = ? AND indexed = 0 AND role <> 'summary'",
        (before[2],),
    ).fetchone()
    if question:
        index.add(connection, *question)
    index.add(connection, answer, text)


def abandoned(connection: sqlite3.Connection) -> list[int]:
    """Answers whose process died while they streamed."""
    streaming = connection.execute(
        "SELECT id, process, process_start FROM message WHERE state = 'streaming'"
    )
    return [answer for answer, process, start in streaming if not alive(process, start)]


def interrupt(connection: sqlite3.Connection, answers: Sequence[int]) -> None:
    """Mark what dead processes left, with the text that had reached the file."""
    for answer in answers:
        state = connection.execute("SELECT state FROM message WHERE id = ?", (answer,)).fetchone()
        if state and state[0] == "streaming":
            _settle(
                connection,
                answer,
                text_so_far(connection, answer),
                state="interrupted",
                finish_reason="interrupted",
            )
