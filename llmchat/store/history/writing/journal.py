"""Writes a turn to history.db while it streams: every 0.2 s, without delaying the answer.

It writes in a separate thread, because a commit may wait for the disk or another process, and the
event loop must not (docs/decisions/0032-journal-thread.md).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent import futures
from contextlib import suppress
from pathlib import Path

from llmchat.errors import LlmchatError
from llmchat.store.database import database as files
from llmchat.store.database.database import Connect, Database, fault, storage_error
from llmchat.store.history import queries
from llmchat.store.history.writing import endings, turns
from llmchat.store.history.writing.turns import Found, Opening, TurnPlace
from llmchat.store.lock import in_use
from llmchat.values.calls import KeptCall
from llmchat.values.turn import Turn

FLUSH_SECONDS = 0.2
FLUSH_CHARACTERS = 4096
# Seconds; after that the request is sent although its question is not saved yet.
BEGIN_PATIENCE = 1.0
SOON = 2.5  # seconds; a little longer than a silent wait for a lock
END_PATIENCE = 15.0  # seconds; others may be writing: a hundred at once took 6
LAST_PATIENCE = 2.0  # seconds, after a signal
CLOSE_PATIENCE = 0.5  # seconds; closing may merge the log into the file
QUICKLY_READ = 8_000_000  # bytes of a damaged file, which can be salvaged in about a second
RETRY_SECONDS = 1.0  # after an error that may be temporary

Bell = futures.Future[None]  # set once by the thread, awaited by others


class Journal:
    """Use `start`, then `append` while the answer comes, then `finish` or `settle`.

    Nothing here raises for the sake of the disk; what went wrong stands in `trouble`, and what the
    person should know in any case (a damaged file was set aside, another llmchat is waited for) in
    `news`, and what another one did to the conversation in `found`.
    """

    def __init__(
        self,
        path: str,
        opening: Opening,
        *,
        clock: Callable[[], float],
        connect: Connect = Database.open,
    ) -> None:
        self._path = path
        self._opening = opening
        self._clock = clock
        self._connect = connect
        self._database: Database | None = None
        self._place: TurnPlace | None = None
        self._pieces: list[str] = []
        self._kept = 0  # pieces that were saved
        self._waiting = 0  # characters that were not
        self._calls: Sequence[KeptCall] = ()
        self._kept_calls: Sequence[KeptCall] = ()  # as they were saved
        self._noted: Bell | None = None
        self._turn: Turn | None = None
        self._wake = threading.Event()
        self._begun, self._ended = Bell(), Bell()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._done = False
        self._fault = ""
        self.trouble: LlmchatError | None = None
        self.news = ""
        self.found: Found = "kept"
        self.is_trashed = False  # in the midst of the turn
        self._is_kept_waiting = False  # by another process, which has the file

    @property
    def question(self) -> int | None:
        return self._place.question if self._place else None

    @property
    def answer(self) -> int | None:
        return self._place.answer if self._place else None

    @property
    def settled(self) -> bool:
        """Whether the end was handed to the thread, even if it could not be saved."""
        return self._turn is not None

    def start(self) -> None:
        self._thread.start()

    async def begun(self, *, patience: float = BEGIN_PATIENCE) -> None:
        """Waits until the rows are saved, but not long for a slow disk or after an error."""
        await _heard(self._begun, patience)

    def append(self, text: str) -> None:
        self._pieces.append(text)
        self._waiting += len(text)
        if self._waiting >= FLUSH_CHARACTERS:
            self._wake.set()

    async def note(self, calls: Sequence[KeptCall]) -> None:
        """Saves the tool calls so far: waits, but not long, so that a call is on disk before it
        runs."""
        self._calls = tuple(calls)
        # After the calls, so that the thread has seen them when it sets it.
        bell = self._noted = Bell()
        self._wake.set()
        await _heard(bell, BEGIN_PATIENCE)

    def finish(self, turn: Turn) -> None:
        """Hands over the end and waits without the event loop, for a `finally` when that is about
        to end."""
        self._end(turn)
        futures.wait({self._ended}, LAST_PATIENCE)
        self._note_slowness()

    async def ends_soon(self, turn: Turn) -> bool:
        """Whether the end is saved soon, as nearly always; if not, call `settle` after showing
        `news`, which may say why."""
        self._end(turn)
        await _heard(self._ended, SOON)
        return self._ended.done()

    async def settle(self, turn: Turn, *, patience: float = END_PATIENCE) -> None:
        """Hands over the end and waits while the event loop continues."""
        self._end(turn)
        await _heard(self._ended, patience)
        self._note_slowness()

    def leave(self, *, patience: float = CLOSE_PATIENCE) -> None:
        """Closes the file after everything was shown, before the process ends."""
        self._thread.join(patience)

    def _end(self, turn: Turn) -> None:
        self._turn = turn
        self._wake.set()

    def _note_slowness(self) -> None:
        if not self._done and self.trouble is None:
            slow = OSError("the disk is not responding")
            busy = self._is_kept_waiting and in_use(Path(self._path))
            self.trouble = busy or storage_error(slow, self._path)

    def _write(self) -> None:
        try:
            self._write_on()
        finally:
            _ring(self._begun)
            _ring(self._ended)  # before closing, which may take some milliseconds
            if self._database:
                self._database.close()

    def _write_on(self) -> None:
        pause = 0.0
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            last, noted = self._turn, self._noted
            kept = self._attempt(last)
            _ring(self._begun)
            if noted:
                _ring(noted)
            if last and (kept or self._fault != files.BUSY):
                return
            pause = FLUSH_SECONDS if kept else RETRY_SECONDS

    def _attempt(self, turn: Turn | None) -> bool:
        """One attempt to write what has come so far; False if it must be repeated."""
        for _ in range(2):  # a damaged file is set aside, then a new one is used
            try:
                self._step(turn)
            except Exception as error:  # whatever it is, the answer continues
                self._fault = fault(error)
                self.trouble = storage_error(error, self._path)
                if not self._heal():
                    return False
            else:
                self.trouble = None
                self._done = turn is not None
                return True
        return False

    def _step(self, turn: Turn | None) -> None:
        database = self._ready()
        if turn and turn.reached_nobody and self._dropped(database):
            return
        if self._place and not turns.exists(database.connection, self._place):
            self._forget_place()
            self.found = "gone"
        place = self._place = self._place or self._opened(database)
        if turn:
            self._finish(database, place, turn)
            return
        if self._kept < len(self._pieces):
            self._flush(database, place.answer)
        if self._kept_calls != self._calls:
            calls = self._calls
            with database.writing() as connection:
                self._put_calls(connection, place.answer, calls)
            self._kept_calls = calls

    def _dropped(self, database: Database) -> bool:
        """Removes a question that reached no service, unless the conversation went on from it."""
        if self._place and turns.exists(database.connection, self._place):
            with database.writing() as connection:
                if not turns.drop(connection, self._place, self._opening):
                    return False
        self._forget_place()
        self._pieces = []
        return True

    def _ready(self) -> Database:
        """The file at the path; if that is another file now, the turn is written to it from the
        beginning."""
        if self._database and self._database.unfit_to_write():
            self._leave()
        if self._database is None:
            self._database = self._connect(self._path, self._tell)
            self._is_kept_waiting = False
        return self._database

    def _opened(self, database: Database) -> TurnPlace:
        dead = queries.abandoned(database.connection)
        with database.writing() as connection:
            endings.interrupt(connection, dead)
            place = turns.begin(connection, self._opening, now=self._clock())
        if self.found == "kept":
            self.found = place.found
        return place

    def _finish(self, database: Database, place: TurnPlace, turn: Turn) -> None:
        """Writes the whole turn; if that fails, its pieces remain."""
        try:
            with database.writing() as connection:
                if turn.calls:
                    self._put_calls(connection, place.answer, turn.calls)
                self.is_trashed = endings.finish(connection, place, turn, now=self._clock())
        except Exception:
            if self._kept < len(self._pieces):
                with suppress(sqlite3.Error):
                    self._flush(database, place.answer)
            raise
        self._pieces, self._kept = [], 0  # the turn has the whole text

    def _flush(self, database: Database, answer: int) -> None:
        upto = len(self._pieces)
        text = "".join(self._pieces[self._kept : upto])
        self._waiting = 0
        with database.writing(durable=False) as connection:
            endings.add_piece(connection, answer, text)
        self._kept = upto

    def _put_calls(
        self, connection: sqlite3.Connection, answer: int, calls: Sequence[KeptCall]
    ) -> None:
        """Writes the calls that changed since the last time."""
        from llmchat.store.history.calls import put_calls  # only for answers with calls

        before = dict(enumerate(self._kept_calls))
        put_calls(connection, answer, [(n, c) for n, c in enumerate(calls) if before.get(n) != c])

    def _tell(self, line: str) -> None:
        """Called when another process holds the file."""
        self.news, self._is_kept_waiting = line, True

    def _leave(self) -> None:
        if self._database:
            self._database.close()
        self._database = None
        self._forget_place()

    def _forget_place(self) -> None:
        """Everything has yet to reach the file that is there now."""
        self._place, self._kept, self._kept_calls, self.found = None, 0, (), "kept"

    def _heal(self) -> bool:
        """Repairs the file if that is quick; the turn is then written again from its beginning."""
        if self._fault not in (files.DAMAGED, files.INDEX_DAMAGED, files.INCOMPLETE):
            return False
        from llmchat.store.history.repair.salvage import heal  # only needed here

        database, kind = self._database, self._fault
        news = heal(self._path, kind, database, self._leave, self._tell, most=QUICKLY_READ)
        self.news = " ".join(news or ()) or self.news
        return news is not None


def _ring(bell: Bell) -> None:
    """Called by the thread."""
    if not bell.done():
        bell.set_result(None)


async def _heard(bell: Bell, patience: float) -> None:
    """Called in the event loop, which continues meanwhile."""
    loop, heard = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: Bell) -> None:
        with suppress(RuntimeError):  # the loop was closed
            loop.call_soon_threadsafe(heard.set)

    bell.add_done_callback(tell)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await heard.wait()
