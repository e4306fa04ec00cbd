"""Runs postponed work (imports) after the request has been sent, while the service works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_work: ContextVar[Callable[[], object] | None] = ContextVar("work", default=None)


@contextmanager
def while_waiting(work: Callable[[], object]) -> Iterator[None]:
    """`work` is done as soon as a question asked in this block is on its way."""
    token = _work.set(work)
    try:
        yield
    finally:
        _work.reset(token)


def request_left() -> None:
    """A question is with the service, and nothing is to be done until it answers."""
    work = _work.get()
    if work is not None:
        work()
