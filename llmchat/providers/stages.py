"""What every stream passes on its way from a service to us, stage by stage; each is an async
generator around the one below it, and closing the outermost closes the connection."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from llmchat.endpoint import Deadlines
from llmchat.errors import (
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    Timeout,
)
from llmchat.events import Attempt, Delta, Event, Finish, Reasoning, Setback

Events = AsyncGenerator[Event, None]

LARGEST_ANSWER = 64 * 1024 * 1024  # characters; nobody reads more, and it must fit in memory
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 60.0  # a service that asks for more is reported instead


async def watched(events: Events, deadlines: Deadlines) -> Events:
    """Waits no longer than the deadlines say: for the first content, for more, for all of it."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    end = None if deadlines.total is None else start + deadlines.total
    begun = False
    async with aclosing(events):
        while True:
            limit = deadlines.content if begun else deadlines.first_token
            until = start + limit if end is None else min(start + limit, end)
            try:
                async with asyncio.timeout_at(until):
                    event = await anext(events, None)
            except TimeoutError:
                raise _late(begun=begun, total=until == end, deadlines=deadlines) from None
            if event is None:
                return
            start = loop.time()  # a notice counts too: waiting in a queue is no silence
            begun = begun or isinstance(event, Delta | Reasoning)
            yield event


def _late(*, begun: bool, total: bool, deadlines: Deadlines) -> Timeout:
    if total:
        return Timeout(f"the answer took longer than {deadlines.total:g} s", hint="raise --timeout")
    if begun:
        return Timeout(
            f"nothing but pings came for {deadlines.content:g} s", hint="raise --content-timeout"
        )
    return Timeout(
        f"no first token in {deadlines.first_token:g} s",
        hint="try again, or raise --first-token-timeout",
    )


async def checked(events: Events) -> Events:
    """Holds a provider to the contract: after the first character every failure is an incomplete
    answer, and an end without a finish mark or without any text is none."""
    size = 0
    finished = False
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Delta):
                    size += len(event.text)
                    if size > LARGEST_ANSWER:
                        raise NotAnAnswer(f"the answer passed {LARGEST_ANSWER >> 20} MB")
                elif isinstance(event, Finish):
                    finished = True
                    if not size and event.reason == "stop":
                        raise EmptyAnswer(EMPTY, hint="ask again, or ask another model with -m")
                yield event
    except LlmchatError as error:
        if not size or isinstance(error, Filtered | IncompleteAnswer):
            raise
        raise _cut(error) from error
    if not finished:
        raise IncompleteAnswer("the stream ended without its finish mark", hint=CONTINUE)


EMPTY = "the service answered with nothing"
CONTINUE = 'llmchat ask -c "go on" continues from what came'


def _cut(error: LlmchatError) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"the answer was cut: {error.message}",
        hint=CONTINUE,
        retry_after=error.retry_after,
        request_id=error.request_id,
    )


async def repeated(
    attempt: Callable[[], Events],
    *,
    provider: str,
    times: int,
) -> Events:
    """Asks again, at most `times` times, as long as nothing was shown and the error allows it."""
    loop = asyncio.get_running_loop()
    for count in range(times + 1):
        start = loop.time()
        shown = False
        try:
            async with aclosing(attempt()) as events:
                async for event in events:
                    shown = shown or isinstance(event, Delta | Reasoning)
                    yield event
            return
        except LlmchatError as error:
            pause = _pause(error, count)
            if shown or count == times or error.repeat == "never" or pause > LONGEST_PAUSE:
                raise
            tried = Attempt(provider, error.kind, round((loop.time() - start) * 1000))
            yield Setback(tried, provider, _again(provider, error, pause))
            await asyncio.sleep(pause)


def _pause(error: LlmchatError, count: int) -> float:
    backoff = SHORTEST_PAUSE * 2**count + random.uniform(0, SHORTEST_PAUSE)
    return backoff if error.retry_after is None else error.retry_after


def _again(provider: str, error: LlmchatError, pause: float) -> str:
    charged = " (the first request may have been counted)" if error.repeat == "charged" else ""
    return f"{provider}: {error.message}; asking again in {pause:.1f} s{charged}"
