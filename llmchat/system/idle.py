"""Runs postponed work (imports) after the request was sent, while the service works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_work: ContextVar[Callable[[], object] | None] = ContextVar("work", default=None)


@contextmanager
def while_waiting(work: Callable[[], object]) -> Iterator[None]:
    """Runs `work` as soon as a question that is asked in this block has been sent."""
    token = _work.set(work)
    try:
        yield
    finally:
        _work.reset(token)


def request_left() -> None:
    """Called when a question was sent and there is nothing to do until the service answers."""
    work = _work.get()
    if work is not None:
        work()
