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
from llmchat.transport.alarm import NEVER, Alarm

Events = AsyncGenerator[Event, None]

LARGEST_ANSWER = 64 * 1024 * 1024  # bytes of text; nobody reads more, and it must fit in memory
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 60.0  # a service that asks for more is reported instead


async def watched(events: Events, deadlines: Deadlines, *, end: float = NEVER) -> Events:
    """Waits no longer than the deadlines say: for the first content, for more, and never past
    `end`, which is the end of all attempts in the loop's time."""
    clock = asyncio.get_running_loop().time
    if end == NEVER and deadlines.total is not None:
        end = clock() + deadlines.total
    limit, begun = deadlines.first_token, False
    alarm = Alarm()
    try:
        async with aclosing(events):
            while True:
                alarm.until = min(clock() + limit, end)
                with alarm:
                    event = await events.__anext__()
                if not begun and isinstance(event, Delta | Reasoning):
                    limit, begun = deadlines.content, True
                yield event
    except StopAsyncIteration:
        return
    except TimeoutError:
        raise _late(begun=begun, total=alarm.until == end, deadlines=deadlines) from None
    finally:
        alarm.off()


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
    spoken = finished = False
    try:
        async with aclosing(events):
            async for event in events:
                kind = type(event)
                if kind is Delta or kind is Reasoning:
                    text = event.text  # type: ignore[union-attr]  # told apart by the line above
                    size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
                    if size > LARGEST_ANSWER:
                        raise NotAnAnswer(f"the answer passed {LARGEST_ANSWER >> 20} MB")
                    spoken = spoken or (kind is Delta and bool(text.strip()))
                elif isinstance(event, Finish):
                    finished = True
                    if not spoken and event.reason == "stop":
                        raise EmptyAnswer(EMPTY, hint="ask again, or ask another model with -m")
                yield event
    except (Filtered, IncompleteAnswer, EmptyAnswer):
        raise
    except LlmchatError as error:
        if not size:
            raise
        raise _cut(error) from error
    if not finished:
        raise IncompleteAnswer(
            "the stream ended without its finish mark",
            hint=CONTINUE,
            repeat="never" if size else "charged",
        )


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
    end: float = NEVER,
) -> Events:
    """Asks again, at most `times` times and not past `end`, as long as nothing was shown and the
    error allows it."""
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
            if loop.time() + pause >= end:
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
