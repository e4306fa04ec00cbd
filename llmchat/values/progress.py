"""The progress of longer work: reported by whoever does it, shown by whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

T = TypeVar("T")


class Work:
    """Progress that is not shown anywhere."""

    def expect(self, total: int) -> None:
        """How many things there are, as soon as it is known."""

    def track(self, things: Iterable[T]) -> Iterator[T]:
        """The same things, counted as they are done."""
        yield from things


UNSEEN = Work()
ShowWork = Callable[[str], AbstractContextManager[Work]]


def unseen(what: str) -> AbstractContextManager[Work]:
    """`what` is done without showing it."""
    return nullcontext(UNSEEN)
