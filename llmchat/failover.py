"""`auto` and `--fallback`: asks providers in order, and falls back to the next when one fails.

It falls back only before the first character of an answer has arrived, and reports each fallback.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from llmchat.errors import (
    AllFailed,
    BudgetExceeded,
    ConfigError,
    Filtered,
    LlmchatError,
    UsageError,
)
from llmchat.language import msg, msg_n
from llmchat.values.calls import ToolCall
from llmchat.values.events import Attempt, Delta, Event, Fallback, Image, Reasoning
from llmchat.values.messages import Request


class Answerer(Protocol):
    """Something that answers requests: a provider, or several in order."""

    @property
    def id(self) -> str: ...

    def stream(self, request: Request) -> AsyncGenerator[Event, None]: ...

    async def aclose(self) -> None: ...


class Around:
    """Wraps an answerer: it has the same `id`, and is closed with it."""

    answerer: Answerer
    id: str

    @property
    def asked_model(self) -> str:
        return str(getattr(self.answerer, "asked_model", ""))

    async def aclose(self) -> None:
        await self.answerer.aclose()


class Prepares(Answerer, Protocol):
    """An answerer that can refuse a request without using the network."""

    def prepare(self, request: Request) -> Request: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that may be asked; it is opened when its turn comes. `model` is used if the person
    named no model for it."""

    name: str
    access: str
    open: Callable[[], Prepares]
    model: str = ""
    takes_tools: Callable[[], bool] = lambda: False  # called only with tools


Admit = Callable[[Candidate, Request], Awaitable[None]]  # raises if the text may not be sent

# The request or a setting is at fault, so asking another provider would hide the mistake.
OURS = (UsageError, ConfigError, Filtered, BudgetExceeded)


class Unsent(CancelledError):
    """The person pressed Ctrl-C when asked for consent, before anything was sent."""


class Failover:
    """Asks the candidates in order."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        admit: Admit,
        ticks: Callable[[], float],
        hint: str,
    ) -> None:
        self._candidates = tuple(candidates)
        self._admit = admit
        self._ticks = ticks
        self._hint = hint
        self._open: dict[str, Prepares] = {}
        self._latest: Prepares | None = None
        self._latest_name = ""
        self.id = self._candidates[0].name

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        failed: list[tuple[str, LlmchatError]] = []
        able = self._able(request)
        for candidate, after in zip(able, [*able[1:], None], strict=True):
            start, begun = self._ticks(), False
            try:
                async with aclosing(self._ask(candidate, request)) as events:
                    async for event in events:
                        if isinstance(event, Fallback):  # the same candidate is asked again
                            start = self._ticks() + event.pause
                        begun = begun or isinstance(event, Delta | Reasoning | Image | ToolCall)
                        yield event
                return
            except Unsent:
                if all(error.reached_nobody for _, error in failed):
                    raise
                raise CancelledError from None
            except LlmchatError as error:
                failed.append((candidate.name, error))
                if begun or isinstance(error, OURS) or len(able) == 1:
                    raise
                if after is None:
                    words = msg("no provider answered")
                    raise AllFailed(words, failed, hint=self._hint) from error
                ms = round((self._ticks() - start) * 1000)
                line = msg(
                    "{name} {reason}, trying {name2}",
                    name=candidate.name,
                    reason=_reason(candidate, error),
                    name2=after.name,
                )
                attempt, reached = Attempt(candidate.name, error.kind, ms), not error.reached_nobody
                yield Fallback(attempt, after.name, line, reached=reached)

    def _able(self, request: Request) -> Sequence[Candidate]:
        """The candidates that can take the request. Results of tool calls go only to the provider
        that asked for them, because tools are not run again."""
        if request.messages[-1:] and request.messages[-1].call and self._latest_name:
            return [c for c in self._candidates if c.name == self._latest_name]
        if not request.tools:
            return self._candidates
        able = [c for c in self._candidates if c.takes_tools()]
        if not able:
            raise no_tools([c.name for c in self._candidates])
        return able

    @property
    def asked_model(self) -> str:
        """The model that was asked last."""
        return str(getattr(self._latest, "asked_model", ""))

    async def aclose(self) -> None:
        opened, self._open = self._open, {}
        for provider in opened.values():
            await provider.aclose()

    async def _ask(self, candidate: Candidate, request: Request) -> AsyncGenerator[Event, None]:
        if candidate.name not in self._open:
            self._open[candidate.name] = candidate.open()
        provider = self._latest = self._open[candidate.name]
        self._latest_name = candidate.name
        own = replace(request, model=candidate.model)
        provider.prepare(own)  # raises for an unknown model before the service is introduced
        try:
            await self._admit(candidate, request)
        except CancelledError as error:
            raise Unsent from error
        async with aclosing(provider.stream(own)) as events:
            async for event in events:
                yield event


def no_tools(names: Sequence[str]) -> UsageError:
    """The error if no candidate can call tools."""
    return UsageError(
        msg_n(
            "{names} does not support tools",
            "{names} do not support tools",
            len(names),
            names=", ".join(names),
        ),
        hint=msg("use another provider with -p, or leave out -T"),
    )


def _reason(candidate: Candidate, error: LlmchatError) -> str:
    """A short reason, as in `yqcloud blocked, trying chatglm`."""
    if error.kind == "auth" and candidate.access == "keyless":
        return msg("requires a login")
    if error.kind in REASONS:
        return msg(REASONS[error.kind])
    return msg("failed ({kind})", kind=msg(error.kind))


REASONS = {
    "blocked": "blocked",
    "rate_limit": "is rate-limiting requests",
    "quota": "has used up its quota",
    "timeout": "timed out",
    "network": "cannot be reached",
    "dns": "cannot be resolved",
    "tls": "failed the certificate check",
    "proxy": "cannot be reached through the proxy",
    "unavailable": "unavailable",
    "no_answer": "did not send an answer",
    "empty_answer": "sent an empty answer",
    "auth": "denied access",
    "missing_auth": "not signed in",
    "page_tokens": "has changed its page",
}
