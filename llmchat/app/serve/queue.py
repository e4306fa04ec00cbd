"""A queue of requests: so many at once, a few waiting, none of them for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from llmchat.errors import RateLimited

LONGEST_WAIT = 60.0


class Queue:
    """`refusal` is what those hear for whom there is no room, or who waited too long."""

    def __init__(
        self,
        *,
        places: int,
        waiting: int,
        refusal: Callable[[], RateLimited],
        longest: float = LONGEST_WAIT,
    ) -> None:
        self._free = asyncio.Semaphore(places)
        self._most_waiting = waiting
        self._refusal = refusal
        self._longest = longest
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        if self._waiting >= self._most_waiting:
            raise self._refusal()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._longest):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
