"""Prepares the next batch in a thread while the present one is being written: SQLite works without
Python's lock, so two cores share an import.

Why: docs/decisions/0152-two-hundred-segments-at-a-time.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
LOOK = 0.1  # seconds between two looks whether anybody still wants them


class Batch(Generic[T]):
    """What goes into one transaction, which may be tried again. Once it was `read`, what is left
    to do is SQLite's, and Python has time for another."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = things
        self.read = Event()

    def __iter__(self) -> Iterator[T]:
        yield from self._things
        self.read.set()


def prefetched(batches: Iterable[Iterable[T]]) -> Generator[Batch[T], None, None]:
    """The same in the same order; what their making raises is raised here. The next one is made
    when the present one was read, so that the two do not ask for Python at the same time."""
    queue: SimpleQueue[Batch[T] | BaseException] = SimpleQueue()
    left = Event()

    def prepare() -> None:
        try:
            for batch in map(Batch, batches):
                queue.put(batch)
                while not batch.read.wait(LOOK):
                    if left.is_set():
                        return
            queue.put(StopIteration())
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            queue.put(error)

    thread = Thread(target=prepare, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            batch = queue.get()
            if isinstance(batch, StopIteration):
                return
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        left.set()
        thread.join()
