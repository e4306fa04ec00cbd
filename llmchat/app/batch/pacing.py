"""Paces the requests to one service: a limit that all jobs share, and the retries of one prompt.

A 429 for one job slows all of them down: nothing is sent until the pause that the service asked for
is over, then half as many requests at a time; each run of successes allows one more.

Why: docs/decisions/0126-batch.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError, QuotaExceeded, RateLimited
from llmchat.failover import Around, Unsent
from llmchat.providers.stages import Events, pause_before, retry_line
from llmchat.values.events import Attempt, Delta, Fallback, Image, Reasoning

if TYPE_CHECKING:
    from llmchat.providers.base import Provider
    from llmchat.values.messages import Request

MOST_REFUSALS = 8  # of one prompt: with the doubling pauses three minutes of 429s
LONGEST_PAUSE = 600.0  # a service that asks for more fails the prompt
ROW = 10  # successes for each request at a time, until there may be one more


class Budget:
    """How many requests a service gets at a time, and when the next one may be sent."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.allowed = most
        self.running = 0  # requests in progress
        self._rest_until = 0.0
        self._slowed_at = -1.0
        self._successes = 0
        self._closed = False
        self._change = asyncio.Event()

    async def enter(self) -> float:
        """Waits for a free slot; returns the loop's time. Raises Unsent once the budget is
        closed."""
        clock = asyncio.get_running_loop().time
        while True:
            if self._closed:
                raise Unsent
            pause = self._rest_until - clock()
            if pause <= 0 and self.running < self.allowed:
                self.running += 1
                return clock()
            await self._changed(pause if pause > 0 else None)

    def leave(self) -> None:
        self.running -= 1
        self._wake()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Frees the slot when the context ends."""
        try:
            yield
        finally:
            self.leave()

    def slow(self, pause: float, *, began: float) -> None:
        """Slows down after a refusal of a request sent at `began`; refusals of requests that were
        sent together count once."""
        now = asyncio.get_running_loop().time()
        if began >= self._slowed_at:
            self.allowed = max(1, self.allowed // 2)
            self._slowed_at = now
        self._successes = 0
        self._rest_until = max(self._rest_until, now + pause)

    def ease(self) -> None:
        """Counts a success."""
        self._successes += 1
        if self.allowed < self._most and self._successes >= ROW * self.allowed:
            self.allowed += 1
            self._successes = 0
            self._wake()

    async def rest(self, pause: float) -> None:
        """Waits before the repeat of one prompt; ends early if the budget is closed."""
        end = asyncio.get_running_loop().time() + pause
        while not self._closed and (left := end - asyncio.get_running_loop().time()) > 0:
            await self._changed(left)

    def resting(self) -> float:
        """Seconds until the service may be asked again."""
        return max(0.0, self._rest_until - asyncio.get_running_loop().time())

    def close(self) -> None:
        self._closed = True
        self._wake()

    async def _changed(self, pause: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._change.wait()

    def _wake(self) -> None:
        self._change.set()
        self._change = asyncio.Event()


class Paced(Around):
    """A provider whose requests obey the shared budget, and are retried here instead of in the
    provider. If there is a fallback, a refusal is retried no more often than other failures."""

    def __init__(self, provider: Provider, budget: Budget, *, replaceable: bool = False) -> None:
        self.answerer, self.id = provider, provider.id
        self._provider = provider
        self._budget = budget
        self._retries = provider.endpoint.retries
        self._refusals = self._retries if replaceable else MOST_REFUSALS
        provider.endpoint = replace(provider.endpoint, retries=0)  # all jobs must see refusals

    def itself(self) -> Paced:
        """Returns itself; for callers that would open a provider."""
        return self

    def prepare(self, request: Request) -> Request:
        return self._provider.prepare(request)

    async def stream(self, request: Request) -> Events:
        seconds = self._provider.endpoint.deadlines.total
        repeats = _Repeats(self._retries, self._refusals, seconds)
        while True:
            began = await self._budget.enter()
            with self._budget.left():
                shown = False
                try:
                    async with aclosing(self._provider.stream(request)) as events:
                        async for event in events:
                            shown = shown or isinstance(event, Delta | Reasoning | Image)
                            yield event
                    self._budget.ease()
                    return
                except LlmchatError as error:
                    failed = error
                spent = asyncio.get_running_loop().time() - began
                pause = repeats.pause_after(failed, spent)
                if _slows(failed):
                    self._budget.slow(pause or 0, began=began)
                if shown or pause is None:
                    raise failed
            yield self._told(failed, spent, pause)
            if not _slows(failed):
                await self._budget.rest(pause)

    def _told(self, error: LlmchatError, spent: float, pause: float) -> Fallback:
        attempt = Attempt(self.id, error.kind, round(spent * 1000))
        again, reached = retry_line(self.id, error, pause), not error.reached_nobody
        return Fallback(attempt, self.id, again, pause, reached)


class _Repeats:
    """Counts the failed requests of one prompt."""

    def __init__(self, most: int, most_refusals: int, seconds: float | None) -> None:
        self._most = most
        self._most_refusals = most_refusals
        self._seconds = seconds  # of --timeout, for all requests of a prompt together
        self._spent = 0.0
        self._failed = 0
        self._refused = 0

    def pause_after(self, error: LlmchatError, spent: float) -> float | None:
        """The seconds until the next request; None if the prompt fails."""
        self._spent += spent
        late = self._seconds is not None and self._spent >= self._seconds
        if late or isinstance(error, QuotaExceeded):
            return None
        if isinstance(error, RateLimited):
            self._refused += 1
            count, allowed = self._refused, self._refused <= self._most_refusals
        else:
            count, allowed = self._failed, self._failed < self._most
            self._failed += 1
        return pause_before(error, count, longest=LONGEST_PAUSE) if allowed else None


def _slows(error: LlmchatError) -> bool:
    """Whether the service is too busy for all requests."""
    if isinstance(error, QuotaExceeded):
        return False
    return isinstance(error, RateLimited) or error.retry_after is not None
