"""What all requests of a server share: settings, providers, counts, and memories of calls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import NEXT_STEP
from llmchat.app.ask.third_party import found_secrets, secret_refused
from llmchat.app.serve.log import LogEntry, RequestLog
from llmchat.app.serve.models import ServedModels
from llmchat.app.serve.pool import Pool
from llmchat.app.serve.queue import Queue
from llmchat.app.serve.requests.schemas import Schemas
from llmchat.app.terminal.consent import refuses
from llmchat.conversation.conversation import Conversation
from llmchat.errors import RateLimited
from llmchat.failover import Around, Candidate, Failover
from llmchat.language import all_of, msg
from llmchat.providers import access_of, takes_tools
from llmchat.values.calls import ToolCall
from llmchat.values.events import Event, Finish
from llmchat.values.messages import Message, Request

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.app.serve.options import ServeOptions
    from llmchat.failover import Answerer

MOST_RUNNING = 16
MOST_LARGE = 8  # requests with a large body; each takes up to 100 MB of memory
MOST_WAITING = 64  # as many as there are connections
MOST_REMEMBERED = 1000  # calls whose service wants something back with them


class Service:
    """The server's state. `reload` replaces the settings; running requests keep the old ones."""

    def __init__(self, context: Context, options: ServeOptions) -> None:
        self.options = options
        self.log = RequestLog(context, options.jsonl_log)
        self.schemas = Schemas()
        self.busy = 0
        self.queue = _queue(MOST_RUNNING)
        self.large = _queue(MOST_LARGE)
        self._memories: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._take(context)

    def _take(self, context: Context) -> None:
        self.models = ServedModels(context, self.options)
        self.context = context
        self.pool = Pool(context)

    async def reload(self, context: Context) -> None:
        before = self.pool
        self._take(context)
        await before.aclose()

    @contextmanager
    def running(self, entry: LogEntry) -> Iterator[None]:
        """Counts a request from its first byte until it is logged."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1
            self.log.end(entry)

    def answerer(self, model: str) -> Answerer:
        """The provider for a model's id, or several with fallback."""
        pool = self.pool
        candidates = [
            Candidate(n, access_of(n), partial(pool.open, n), own, partial(takes_tools, n))
            for n, own in self.models.find(model)
        ]
        ticks = self.context.world.clock.ticks
        failover = Failover(candidates, admit=self._admit, ticks=ticks, hint=NEXT_STEP)
        if not self.context.settings.has_budget:
            return failover
        from llmchat.app.ask.spending_notes import Counted  # only with a budget

        return Counted(self.context, failover)

    async def _admit(self, candidate: Candidate, request: Request) -> None:
        """Checks a request for a keyless service, which was introduced at the start, for secrets;
        and the budget of any service."""
        if self.context.settings.has_budget:
            from llmchat.app.ask.budget import BudgetPolicy  # only with a budget

            await BudgetPolicy(self.context, consent=refuses).check(candidate.name)
        if candidate.access == "keyless" and (found := found_secrets(request)):
            raise secret_refused(all_of(found), candidate.name)

    async def admit_texts(self, name: str, texts: Sequence[str]) -> None:
        messages = tuple(Message("user", text) for text in texts)
        candidate = Candidate(name, access_of(name), partial(self.pool.open, name))
        await self._admit(candidate, Request("", messages))

    def events(self, answerer: Answerer, request: Request) -> AsyncGenerator[Event, None]:
        """The events of an answer, saved to the history if the person asked for that."""
        if not self.options.save:
            return answerer.stream(request)
        return _saved(self.context, answerer, request)

    def remember(self, calls: Sequence[ToolCall], finish: Finish) -> None:
        """Remembers what the service needs back with its calls, because clients do not send it."""
        if calls and finish.memory:
            self._memories[calls[0].id] = finish.memory
            if len(self._memories) > MOST_REMEMBERED:
                self._memories.popitem(last=False)

    def remembering(self, request: Request) -> Request:
        messages = tuple(
            replace(m, memory=self._memories.get(m.calls[0].id, {})) if m.calls else m
            for m in request.messages
        )
        return replace(request, messages=messages)


def _queue(places: int) -> Queue:
    return Queue(places=places, waiting=MOST_WAITING, refusal=partial(_no_place, places))


def _no_place(places: int) -> RateLimited:
    words = msg("already at the limit of {most_running} running requests", most_running=places)
    return RateLimited(words, retry_after=1.0)


class Exact(Around):
    """Sends the client's request, whatever the conversation would have sent."""

    def __init__(self, answerer: Answerer, request: Request) -> None:
        self.answerer, self.id = answerer, answerer.id
        self._request = request

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        return self.answerer.stream(self._request)


def _saved(context: Context, answerer: Answerer, request: Request) -> AsyncGenerator[Event, None]:
    """Saves only the last question, each in a new conversation, because a client sends the earlier
    ones every time."""
    question = next((m for m in reversed(request.messages) if m.role == "user"), None)
    if question is None or not question.text.strip():
        return answerer.stream(request)
    exact = Exact(answerer, request)
    conversation = Conversation(exact, context.history, ticks=context.world.clock.ticks)
    return conversation.send(question.text, attachments=question.attachments)
