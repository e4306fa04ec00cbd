"""The services' lists of models, fetched when a client asks for them.

Why: docs/decisions/0144-lists-come-when-a-client-asks.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from llmchat.app.ask.candidates import is_signed_in
from llmchat.app.models import LOCAL, kept_models, refresh
from llmchat.app.run.context import Context
from llmchat.providers import access_of

FRESH = 3600.0  # seconds until a list is fetched again
AFTER_FAILURE = 300.0  # the same after a failure
LONGEST_WAIT = 3.0  # seconds that a client waits; later results are in its next list


class ModelLists:
    """Fetches lists, and decides when to fetch them again; `learned` is called with the name of
    each service that answered."""

    def __init__(
        self, context: Context, names: Sequence[str], learned: Callable[[str], None]
    ) -> None:
        self._context = context
        self._names = [name for name in names if _has_list(context, name)]
        self._learned = learned
        self._next: dict[str, float] = {}  # times by the monotonic clock
        self._running: dict[str, asyncio.Task[None]] = {}

    async def fetch(self) -> None:
        """Fetches the lists that are missing or old, concurrently."""
        for name in filter(self._is_due, self._names):
            self._running[name] = asyncio.create_task(self._one(name))
        if self._running:
            await asyncio.wait(self._running.values(), timeout=LONGEST_WAIT)

    def _is_due(self, name: str) -> bool:
        now = self._context.world.clock.ticks()
        if name not in self._next:
            _, age = kept_models(self._context, name)
            self._next[name] = now if age is None else now + FRESH - age
        return name not in self._running and now >= self._next[name]

    async def _one(self, name: str) -> None:
        pause = AFTER_FAILURE
        try:
            (result,) = await refresh(self._context, name)
            if not result.error:
                pause = FRESH
                self._learned(name)
        finally:
            self._next[name] = self._context.world.clock.ticks() + pause
            del self._running[name]


def _has_list(context: Context, name: str) -> bool:
    """Whether a service may be asked for its list: there is a key, or it is a server on this
    machine."""
    if name == LOCAL and not context.settings.endpoint(name).base_url:
        return False  # its models are files
    return access_of(name) == "local" or is_signed_in(context, name)
