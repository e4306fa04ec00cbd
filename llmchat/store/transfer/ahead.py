"""Prepares the next things in a thread while the present one is being written: SQLite works
without Python's lock, so two cores share an import."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
HELD = 2  # things that wait; more would only take memory
LOOK = 0.1  # seconds between two looks whether anybody still wants them


def ahead(things: Iterable[T]) -> Generator[T, None, None]:
    """The same things in the same order; what their making raises is raised here."""
    queue: Queue[tuple[T | None, BaseException | None]] = Queue(HELD)
    left = Event()

    def put(thing: T | None, error: BaseException | None) -> None:
        while not left.is_set():
            with suppress(Full):
                queue.put((thing, error), timeout=LOOK)
                return

    def prepare() -> None:
        try:
            for thing in things:
                put(thing, None)
                if left.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            put(None, error)

    thread = Thread(target=prepare, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            thing, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error:
                raise error
            yield thing  # type: ignore[misc]  # None only beside an error
    finally:
        left.set()
        thread.join()
