"""Progress of longer work, which the working code reports and the caller shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

T = TypeVar("T")


class Work:
    """Progress that is not shown."""

    def expect(self, total: int) -> None:
        """Sets the number of things, when it is known."""

    def track(self, things: Iterable[T]) -> Iterator[T]:
        """Passes the things on, counting them."""
        yield from things


UNSEEN = Work()
ShowWork = Callable[[str], AbstractContextManager[Work]]


def unseen(what: str) -> AbstractContextManager[Work]:
    """Does `what` without showing progress."""
    return nullcontext(UNSEEN)
