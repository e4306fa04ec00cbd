"""The saved conversations: listing, finding and changing them.

Creating the object does not touch the disk; the file is opened when its content is first needed.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from llmchat.errors import NothingFound
from llmchat.language import msg
from llmchat.store.database import database as files
from llmchat.store.database.database import Connect, Database, storage_error
from llmchat.store.history import branches, queries, tags
from llmchat.store.history.rows import AttachmentRow, ConversationRow, MessageRow
from llmchat.store.search import index
from llmchat.values.progress import ShowWork, unseen

if TYPE_CHECKING:  # the journal imports asyncio, which listing does not need
    from llmchat.store.history.figures.spending import UsageTally
    from llmchat.store.history.figures.stats import Stats
    from llmchat.store.history.summaries import Summary
    from llmchat.store.history.writing.journal import Journal
    from llmchat.store.history.writing.turns import Opening
    from llmchat.store.search.search import Hit
    from llmchat.values.calls import KeptCall

Result = TypeVar("Result")
Change = Callable[[sqlite3.Connection, ConversationRow], None]

LISTED = 30
MOST = 2**62  # the largest limit for SQLite


class History:
    """One history.db. A `ref` names a conversation: an id, a unique beginning of one, `last`, or
    words of a title."""

    def __init__(
        self,
        path: Path | str,
        *,
        clock: Callable[[], float] = time.time,
        tell: Callable[[str], None] | None = None,
        show_work: ShowWork = unseen,
        connect: Connect = Database.open,
    ) -> None:
        """`tell` gets lines for the person, when a damaged file is set aside or another process
        holds the lock; `show_work` gets the progress of reading a damaged file."""
        self.path = str(path)
        self._connect = connect
        self.clock = clock
        self.news: list[str] = []  # lines for the person, if there is no `tell`
        self._tell = tell or self.news.append
        self._show_work = show_work
        self._database: Database | None = None

    def close(self) -> None:
        if self._database:
            self._database.close()
        self._database = None

    def recent(
        self,
        *,
        limit: int = LISTED,
        offset: int = 0,
        trash: bool = False,
        schema: str | None = None,
        tag: str | None = None,
    ) -> list[ConversationRow]:
        """The latest conversations; with a `schema` only those that have data of that name ("" for
        any); with a `tag` only those that have it."""
        most, skipped = min(limit, MOST), min(offset, MOST)
        return self._read(
            lambda c: queries.recent(
                c, limit=most, offset=skipped, trash=trash, schema=schema, tag=tag
            )
        )

    def find(self, ref: str, *, trash: bool = False) -> ConversationRow:
        return self._read(lambda c: queries.find(c, ref, trash=trash))

    def find_each(self, refs: Sequence[str], *, trash: bool = False) -> list[ConversationRow]:
        """The conversations for these refs, without duplicates."""
        found = [self.find(ref, trash=trash) for ref in refs]
        return list({row.n: row for row in found}.values())

    def starting_with(self, prefix: str, *, limit: int = LISTED) -> list[ConversationRow]:
        """Conversations whose ids have this prefix, for completion."""
        return self._read(lambda c: queries.starting_with(c, prefix, limit=limit))

    def branch(self, conversation: ConversationRow) -> list[MessageRow]:
        """The active branch, first message first."""
        return self._read(lambda c: branches.branch(c, conversation.leaf))

    def messages(self, conversation: ConversationRow) -> list[MessageRow]:
        """Every message of every branch, oldest first."""
        return self._read(lambda c: branches.messages(c, conversation.n))

    def message(self, message: int) -> MessageRow:
        return self._read(lambda c: branches.message(c, message))

    def attachments(self, message: int) -> list[AttachmentRow]:
        return self._read(lambda c: queries.attachments(c, message))

    def calls(self, messages: Sequence[MessageRow]) -> Mapping[int, tuple[KeptCall, ...]]:
        """The tool calls of a conversation's answers, by message number."""
        if not messages:
            return {}
        from llmchat.store.history.calls import calls_of  # only to read a whole conversation

        return self._read(lambda c: calls_of(c, messages[0].conversation))

    def journal(self, opening: Opening) -> Journal:
        """The journal of one turn, with its own connection."""
        from llmchat.store.history.writing.journal import (
            Journal,  # asyncio, which listing does not need
        )

        return Journal(self.path, opening, clock=self.clock, connect=self._connect)

    def ask(self, opening: Opening) -> int:
        """Adds a question that several models will answer and returns its row; each of their turns
        has `again`."""
        from llmchat.store.history.writing import turns  # not needed for listing

        now = self.clock()
        question, found = self.store(lambda c: turns.ask(c, opening, now=now))
        if found in turns.NEWS:
            self._tell(turns.NEWS[found])
        return question

    def compact(self, summary: Summary) -> int | None:
        """The row of a summary, at the end of the branch that it stands for; none where that is
        no longer there."""
        from llmchat.store.history import summaries  # few conversations have any

        now = self.clock()
        return self._write(lambda c: summaries.add(c, summary, now=now))

    def forget_refused(self, answer: int) -> None:
        """Removes a refused question and its empty answer, after it was asked again elsewhere in
        the tree."""
        from llmchat.store.history import summaries  # as above

        self._write(lambda c: summaries.forget_refused(c, answer))

    def withdraw(self, question: int) -> None:
        """Removes a question that did not reach any service."""
        from llmchat.store.history.writing import turns  # as above

        self._write(lambda c: turns.withdraw(c, question))

    def search(self, text: str, *, limit: int = 20, rank: bool = False) -> list[Hit]:
        from llmchat.store.search import search  # 2 ms that listing need not pay

        now, most = self.clock(), min(limit, MOST)
        return self._read(lambda c: search.search(c, text, now=now, limit=most, rank=rank))

    def stats(self) -> Stats:
        from llmchat.store.history.figures import stats  # only used here

        size = os.path.getsize(self.path) if os.path.exists(self.path) else 0
        return self._read(lambda c: stats.stats(c, size=size))

    def tallies(self, *, days: int | None = None, provider: str = "") -> list[UsageTally]:
        """Tokens of answers by day and model, of all days or the last ones."""
        from llmchat.store.history.figures import spending  # as above

        now = self.clock()
        return self._read(lambda c: spending.tallies(c, now=now, days=days, provider=provider))

    def rename(self, ref: str, title: str) -> ConversationRow:
        return self._change(ref, lambda c, row: queries.rename(c, row, title))

    def retitle(self, ref: str, old: str, new: str) -> None:
        """Replaces the title `old`, unless the person has changed it meanwhile."""
        self._change(ref, lambda c, row: queries.retitle(c, row, old, new))

    def tag(
        self, ref: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> ConversationRow:
        return self._change(ref, lambda c, row: tags.change(c, row, add=add, remove=remove))

    def tags(self) -> list[str]:
        """All tags, most frequent first."""
        return self._read(tags.every)

    def delete(self, ref: str) -> ConversationRow:
        """Moves a conversation to the trash."""
        now = self.clock()
        return self._change(ref, lambda c, row: queries.mark_deleted(c, row, now))

    def restore(self, ref: str) -> ConversationRow:
        return self._change(ref, lambda c, row: queries.mark_deleted(c, row, None), trash=True)

    def purge(self, ref: str) -> ConversationRow:
        """Permanently deletes a conversation in the trash."""
        row = self.find(ref, trash=True)
        self._purge([row])
        return row

    def purge_trash(self, *, older_than: float = 0) -> list[ConversationRow]:
        """Permanently deletes everything that has been in the trash for `older_than` seconds."""
        latest = self.clock() - older_than
        trash = self.recent(limit=-1, trash=True)
        doomed = [row for row in trash if row.deleted is not None and row.deleted <= latest]
        self._purge(doomed)
        return doomed

    def keep_data(self, message: int, data: str, schema: str) -> None:
        """Saves the JSON of an answer that matched a schema."""
        from llmchat.store.history.writing import endings  # as above

        self._write(lambda c: endings.keep_data(c, message, data, schema))

    def set_leaf(self, message: int) -> ConversationRow:
        """Makes the branch with this message active, down to its newest end."""
        return self._write(lambda c: branches.set_leaf(c, message))

    def undo(self, conversation: ConversationRow) -> ConversationRow:
        """Steps back before the last question; nothing is removed."""
        return self._write(lambda c: branches.undo(c, conversation.n))

    def redo(self, conversation: ConversationRow) -> ConversationRow:
        return self._write(lambda c: branches.redo(c, conversation.n))

    def fork(self, conversation: ConversationRow, *, at: int | None = None) -> ConversationRow:
        """Creates a conversation from the active branch (up to the message `at`)."""
        now = self.clock()
        return self._write(lambda c: branches.fork(c, conversation, at=at, now=now))

    def _change(self, ref: str, change: Change, *, trash: bool = False) -> ConversationRow:
        def changed(connection: sqlite3.Connection) -> ConversationRow:
            row = queries.find(connection, ref, trash=trash)
            change(connection, row)
            return queries.by_number(connection, row.n)

        return self._write(changed)

    def _purge(self, doomed: list[ConversationRow]) -> None:
        if not doomed:
            return
        for row in doomed:
            self._write(lambda c, n=row.n: queries.purge(c, n))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        self._write(index.forget_removed)
        self._read(lambda c: c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())

    def _write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if not os.path.exists(self.path):
            raise NothingFound(
                msg("there are no conversations yet"), hint=msg('llmchat ask "your question"')
            )
        return self.store(work)

    def store(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Runs `work` in one durable transaction, creating the file if needed."""
        return self._guarded(lambda: self._written(work))

    def _written(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._ready(make=True).writing() as connection:
            return work(connection)

    def _read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return self._guarded(lambda: work(self._ready().connection))

    def _guarded(self, work: Callable[[], Result]) -> Result:
        """Runs `work`; if the file is damaged, salvages it, or rebuilds a damaged index, and tries
        again."""
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            if not self._heal(error):
                raise storage_error(error, self.path) from error
        try:
            return work()
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, self.path) from error

    def _heal(self, error: BaseException) -> bool:
        kind = files.fault(error)
        if kind not in (files.DAMAGED, files.INDEX_DAMAGED, files.INCOMPLETE):
            return False
        from llmchat.store.history.repair import salvage  # only needed here

        database, work = self._database, self._show_work
        news = salvage.heal(self.path, kind, database, self.close, self._tell, show_work=work)
        for line in news or ():
            self._tell(line)
        return news is not None

    def _ready(self, *, make: bool = False) -> Database:
        """The open file, reopened if the path has another one; an empty history if there is no
        file."""
        there = make or files.identity(self.path) is not None
        old = self._database
        if old and (old.unfit_to_write() if make else old.moved()):
            self.close()
        if self._database is None:
            if not there:
                return files.empty()
            self._database = self._connect(self.path, self._tell)
            self._settle_abandoned(self._database)
        return self._database

    def _settle_abandoned(self, database: Database) -> None:
        dead = queries.abandoned(database.connection) if database.writable else []
        if dead:
            from llmchat.store.history.writing import endings  # as above

            # A busy or read-only file can still be read.
            with suppress(sqlite3.OperationalError), database.writing() as connection:
                endings.interrupt(connection, dead)
