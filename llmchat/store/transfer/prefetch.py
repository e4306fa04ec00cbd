"""Prepares the next batch in a thread while the current one is being written: SQLite works without
the GIL, so an import uses two cores.

Why: docs/decisions/0152-two-hundred-segments-at-a-time.md.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
LOOK = 0.1  # seconds between two checks whether the batches are still wanted


class Batch(Generic[T]):
    """The items of one transaction, which may be repeated. After it was `read`, only SQLite is
    working, and Python has time for the next batch."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = things
        self.read = Event()

    def __iter__(self) -> Iterator[T]:
        yield from self._things
        self.read.set()


def prefetched(batches: Iterable[Iterable[T]]) -> Generator[Batch[T], None, None]:
    """The batches in order; exceptions of making one are raised here. The next batch is made after
    the current one was read, so that both do not compete for the GIL."""
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
        except BaseException as error:  # raised in the consumer, whatever it is
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
