"""Merges several answers into one stream of events, each with the number of its answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.values.events import Event, Fallback, Notice, Stage


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """An event of the answer `number`, or the error that ended it; with neither, its end."""

    number: int
    event: Event | None = None
    error: LlmchatError | None = None

    @property
    def is_end(self) -> bool:
        return self.event is None


Parts = AsyncGenerator[AnswerPart, None]
ROOM = 64  # parts in the queue: a fast answer does not delay a slow one


async def merged(answers: Sequence[AsyncGenerator[Event, None]]) -> Parts:
    """Streams all answers concurrently. If one fails, the others continue; closing this generator
    stops them all, after each has saved what it received."""
    queue: asyncio.Queue[AnswerPart] = asyncio.Queue(ROOM)
    tasks = [asyncio.create_task(_pull(n, events, queue)) for n, events in enumerate(answers)]
    running = len(tasks)
    try:
        while running:
            part = await queue.get()
            running -= part.is_end
            yield part
        for task in tasks:  # a bug is raised
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pull(
    number: int, events: AsyncGenerator[Event, None], queue: asyncio.Queue[AnswerPart]
) -> None:
    error: LlmchatError | None = None
    try:
        async with aclosing(events):
            async for event in events:
                await queue.put(AnswerPart(number, event))
    except LlmchatError as trouble:
        error = trouble
    except Exception as fault:
        await queue.put(AnswerPart(number))
        raise fault
    await queue.put(AnswerPart(number, error=error))


async def with_notices(
    parts: Parts, labels: Sequence[str]
) -> AsyncGenerator[AnswerPart | Notice, None]:
    """Passes parts on; notices of an answer are prefixed with its label."""
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part.event, Stage):
                continue
            if isinstance(part.event, Notice | Fallback):
                yield Notice(
                    msg("{labels}: {text}", labels=labels[part.number], text=part.event.text)
                )
            else:
                yield part


class ByAnswer:
    """Yields the events of one answer at a time, keeping those of the others."""

    def __init__(self, parts: Parts, count: int) -> None:
        self._parts = parts
        self._held: list[deque[AnswerPart]] = [deque() for _ in range(count)]

    async def events(self, number: int) -> AsyncGenerator[Event, None]:
        held = self._held[number]
        while True:
            while not held:
                part = await anext(self._parts)
                self._held[part.number].append(part)
            part = held.popleft()
            if part.event is None:
                return
            yield part.event
