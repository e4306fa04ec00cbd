"""Records what each answer costs for the daily budgets, whichever command asked for it.

Why: docs/decisions/0147-a-budget-counts-every-answer.md.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmchat.errors import StorageError
from llmchat.inputs.tokens import estimate_tokens
from llmchat.language import msg
from llmchat.store.state.spent import SpentToday, tally_of
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Fallback, Finish, Image, Reasoning, Usage

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.failover import Answerer
    from llmchat.values.messages import Request

Check = Callable[[str], Awaitable[None]]
NOT_COUNTED = msg("this answer is not counted in the budget")


class Counted:
    """An answerer that records the cost of each answer; `check` is called before each one, if
    nothing else checks the budget."""

    def __init__(self, context: Context, answerer: Answerer, check: Check | None = None) -> None:
        self._context = context
        self._answerer = answerer
        self._check = check

    @property
    def id(self) -> str:
        return self._answerer.id

    @property
    def asked_model(self) -> str:
        return str(getattr(self._answerer, "asked_model", ""))

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        if self._check:
            await self._check(self.id)
        taken = _Taken(self.id)
        try:
            async with aclosing(self._answerer.stream(request)) as events:
                async for event in events:
                    taken.note(event)
                    yield event
        finally:
            if taken.begun:
                model = taken.model or self.asked_model or request.model
                usage = taken.usage or _estimated(request, "".join(taken.text))
                note_spent(self._context, taken.provider, model, usage)

    async def aclose(self) -> None:
        await self._answerer.aclose()


def note_spent(context: Context, provider: str, model: str, usage: Usage) -> None:
    """Adds an answer to today's sums; if that fails, warns once that the budget does not count."""
    told = context.resources.budget_answers.told
    try:
        tally = tally_of(today(context), provider, model, usage)
        SpentToday(context.paths.spent).add(tally)
    except (StorageError, OSError) as error:
        if NOT_COUNTED not in told:
            told.add(NOT_COUNTED)
            context.report.warning(
                msg("{not_counted}: {error}", not_counted=NOT_COUNTED, error=error)
            )


class _Taken:
    """What is known so far about one answer."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.model = ""
        self.usage: Usage | None = None
        self.text: list[str] = []
        self.begun = False

    def note(self, event: Event) -> None:
        if isinstance(event, Fallback):
            self.provider = event.provider
            return
        self.begun = self.begun or isinstance(event, _SIGNS)
        if isinstance(event, Delta | Reasoning):
            self.text.append(event.text)
        elif isinstance(event, Usage):
            self.usage = event
        elif isinstance(event, Finish):
            self.model = event.model


_SIGNS = (Delta, Reasoning, Image, ToolCall, Usage, Finish)


def _estimated(request: Request, text: str) -> Usage:
    """An estimate for an answer that was stopped, or whose service reports no usage: it costs
    something too."""
    prompt = sum(estimate_tokens(message.text) for message in request.messages)
    completion = estimate_tokens(text)
    return Usage(prompt, completion, prompt + completion)


def today(context: Context) -> str:
    """Today's date by this machine's clock, as in the history."""
    return time.strftime("%Y-%m-%d", time.localtime(context.world.clock.now()))
