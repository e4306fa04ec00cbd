"""Keeps providers open between requests, and queues requests for those with one stream at a time.

A request has a provider to itself, because providers keep state of an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from llmchat.app.serve.queue import Queue
from llmchat.errors import RateLimited
from llmchat.language import msg
from llmchat.values.messages import Request

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.providers.base import Provider
    from llmchat.providers.stages import Events

MOST_WAITING = 8
SOON = 5.0  # seconds that a client is told to wait


class Pool:
    """Opens providers by name, reuses them, and closes them together."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._idle: defaultdict[str, list[Provider]] = defaultdict(list)
        self._queues: dict[str, Queue] = {}
        self._closed = False

    def open(self, name: str) -> Pooled:
        idle = self._idle[name]
        return Pooled(self, idle.pop() if idle else self.context.provider(name))

    def queue(self, name: str) -> Queue:
        if name not in self._queues:
            refusal = partial(_one_stream, name)
            self._queues[name] = Queue(places=1, waiting=MOST_WAITING, refusal=refusal)
        return self._queues[name]

    async def give_back(self, provider: Provider) -> None:
        if self._closed:
            await provider.aclose()
        else:
            self._idle[provider.id].append(provider)

    async def aclose(self) -> None:
        """Closes idle providers; those in use are closed when they are given back."""
        self._closed = True
        for idle in self._idle.values():
            while idle:
                await idle.pop().aclose()


def _one_stream(name: str) -> RateLimited:
    return RateLimited(
        msg("{name} allows one stream at a time; other requests wait", name=name),
        retry_after=SOON,
    )


class Pooled:
    """A provider for one request, which is adapted to the service."""

    def __init__(self, pool: Pool, provider: Provider) -> None:
        self._pool = pool
        self.provider = provider
        self.id = provider.id

    @property
    def asked_model(self) -> str:
        return self.provider.asked_model

    def prepare(self, request: Request) -> Request:
        fits = fitted(self.provider, request)
        attached = [(a.name, a.content) for m in fits.messages for a in m.attachments]
        if attached:
            from llmchat.inputs.attachments import checked  # only with pictures

            checked(attached, provider=self.id)
        return self.provider.prepare(fits)

    async def stream(self, request: Request) -> Events:
        async with self.turn(), aclosing(self.provider.stream(fitted(self.provider, request))) as e:
            async for event in e:
                yield event

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        if not self.provider.one_stream:
            yield
            return
        async with self._pool.queue(self.id).turn():
            yield

    async def aclose(self) -> None:
        await self._pool.give_back(self.provider)


def fitted(provider: Provider, request: Request) -> Request:
    """The request with only the fields that the service knows; clients send others to everybody."""
    known = provider.known_options if provider.takes_options else frozenset()
    given = dict(request.options)
    choice = given.pop("tool_choice", None)
    if "max_tokens" in known and "max_completion_tokens" not in known:
        given.setdefault("max_tokens", given.pop("max_completion_tokens", None))
    options = {k: v for k, v in given.items() if k in known and v is not None}
    if request.tools and choice is not None:
        options |= _choice(provider, request, choice)
    return replace(request, options=options)


def _choice(provider: Provider, request: Request, choice: Any) -> dict[str, Any]:
    """Which tool must be called; GigaChat accepts one tool's name, or none."""
    if "function_call" not in provider.known_options:
        return {"tool_choice": choice}
    from llmchat.providers.gigachat.functions.own import names_of  # only with such a choice

    name = choice.get("function", {}).get("name", "") if isinstance(choice, dict) else ""
    if choice == "required" and len(request.tools) == 1:
        name = request.tools[0].name
    return {"function_call": {"name": names_of(request.tools).wire(name)}} if name else {}
