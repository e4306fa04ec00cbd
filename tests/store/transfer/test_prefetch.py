"""Preparing batches in a thread: when it happens, where its errors are raised, and that it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from llmchat.store.transfer.prefetch import prefetched


def test_the_next_batch_is_made_once_the_present_one_was_read() -> None:
    made: list[int] = []
    begun = threading.Event()

    def batches() -> Iterator[list[int]]:
        for number in range(2):
            made.append(number)
            if number:
                begun.set()
            yield [number]

    prepared = prefetched(batches())
    first = next(prepared)
    early = begun.wait(0.05)
    assert (list(first), early, begun.wait(10)) == ([0], False, True)
    assert [list(batch) for batch in prepared] == [[1]]


def test_a_batch_can_be_read_again_when_its_transaction_is_tried_again() -> None:
    assert [list(batch) + list(batch) for batch in prefetched([[1], [2]])] == [[1, 1], [2, 2]]


def test_what_the_making_of_a_batch_raises_is_raised_where_it_is_awaited() -> None:
    def batches() -> Iterator[list[int]]:
        yield [1]
        raise LookupError

    prepared = prefetched(batches())
    assert list(next(prepared)) == [1]
    with pytest.raises(LookupError):
        next(prepared)


def test_whoever_leaves_leaves_no_thread_behind() -> None:
    prepared = prefetched([[1], [2]])
    next(prepared)
    prepared.close()
    assert "ahead" not in [thread.name for thread in threading.enumerate()]
