"""Several answers as one stream: none waits for another, and closing stops them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from llmchat.errors import Blocked
from llmchat.values.events import Delta, Event, Finish, Notice, Stage
from llmchat.values.parallel_answers import AnswerPart, ByAnswer, merged, with_notices

DONE = Finish("stop", "m")


async def answer(*texts: str) -> AsyncGenerator[Event, None]:
    for text in texts:
        yield Delta(text)
    yield DONE


async def test_an_answer_that_stands_still_holds_no_other_up() -> None:
    stopped = asyncio.Event()

    async def slow() -> AsyncGenerator[Event, None]:
        try:
            yield Delta("a")
            await asyncio.Event().wait()
        finally:
            stopped.set()

    came: list[AnswerPart] = []
    async with aclosing(merged([slow(), answer(*"bcd")])) as parts:
        async for part in parts:
            came.append(part)
            if part == AnswerPart(1):
                break
    assert [p.event for p in came if p.number == 1] == [
        Delta("b"),
        Delta("c"),
        Delta("d"),
        DONE,
        None,
    ]
    assert stopped.is_set()


async def test_an_error_ends_only_its_own() -> None:
    async def failing() -> AsyncGenerator[Event, None]:
        yield Delta("a")
        raise Blocked("no", hint="")

    parts = [part async for part in merged([failing(), answer("b")])]
    ends = {part.number: part.error for part in parts if part.is_end}
    assert isinstance(ends[0], Blocked)
    assert ends[1] is None


async def test_a_fault_of_ours_is_not_swallowed() -> None:
    async def broken() -> AsyncGenerator[Event, None]:
        raise ValueError("ours")
        yield

    with pytest.raises(ValueError, match="ours"):
        async for _ in merged([broken()]):
            pass


async def test_a_notice_says_whose_it_is_and_a_stage_is_nobodys_matter() -> None:
    async def telling() -> AsyncGenerator[Event, None]:
        yield Stage("connecting")
        yield Notice("slow today")
        yield DONE

    came = [p async for p in with_notices(merged([telling()]), ["gpt"])]
    assert came == [Notice("gpt: slow today"), AnswerPart(0, DONE), AnswerPart(0)]


async def test_one_after_the_other_loses_nothing() -> None:
    parts = merged([answer(*"abc"), answer(*"xyz")])
    by_answer = ByAnswer(parts, 2)
    texts = [
        "".join([e.text async for e in by_answer.events(n) if isinstance(e, Delta)]) for n in (0, 1)
    ]
    assert texts == ["abc", "xyz"]
