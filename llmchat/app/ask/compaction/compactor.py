"""Compaction: when it happens, which model does it, what is reported, and what is sent afterwards.

Why: docs/decisions/0135-a-summary-is-one-row.md.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmchat.app.ask.compaction.plan import KEPT_SHARE, Fold, plan
from llmchat.app.ask.compaction.room import (
    FULL,
    estimated,
    learn,
    limit_of,
    place_of,
    texts_sent,
    tokens_sent,
)
from llmchat.app.ask.compaction.summary import Summarizer
from llmchat.app.ask.output.outcome import note_health
from llmchat.app.models import known_window
from llmchat.errors import LlmchatError, TooLong, UsageError
from llmchat.failover import Answerer
from llmchat.inputs.tokens import check_size
from llmchat.language import msg, msg_n
from llmchat.values.calls import ToolCall, ToolResult
from llmchat.values.events import Delta, Event, Image, Notice, Reasoning

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.app.terminal.consent import Consent
    from llmchat.conversation.conversation import Conversation
    from llmchat.values.turn import Turn

Events = AsyncGenerator[Event, None]
Open = Callable[["Context"], Answerer]
Count = Callable[["Turn"], None]

# After these events a turn is not asked again: something was shown, or a tool has run.
BEGINNINGS = (Delta, Reasoning, Image, ToolCall, ToolResult)
MOST_TRIES = 4  # of one question, each with less before it
SUMMARY_SHARE = 0.25  # of the limit, which a summary may take
FIXED_SHARE = 0.9  # of the limit; a system message beyond it leaves no room for a conversation


def is_on(context: Context) -> bool:
    return context.settings.text("compact") != "off"


class Compactor:
    """Compacts one conversation; `done` says whether the latest run changed it."""

    def __init__(
        self,
        context: Context,
        conversation: Conversation,
        *,
        open_answerer: Open,
        consents: Consent | None,
        undo: str,
        declined: set[str] | None = None,
        count: Count | None = None,
    ) -> None:
        """`consents` is None if nobody can be asked; `declined` are conversations for which the
        person said no, so that they are not asked again; `undo` says how to undo a summary; `count`
        gets the tokens of each summary, even of one that failed."""
        self._context = context
        self._conversation = conversation
        self._open = open_answerer
        self._consents = consents
        self._undo = undo
        self._declined = set[str]() if declined is None else declined
        self._count = count
        self._place = place_of(context, conversation)
        self._failed = False
        self.done = False

    def may_be_needed(self, question: str) -> bool:
        """A cheap check without the network; far from the limit nothing is counted."""
        limit = self._limit
        if not (is_on(self._context) and limit and self._conversation.branch):
            return False
        return estimated(texts_sent(self._conversation, question)) > limit // 2

    def is_needed(self, question: str) -> bool:
        """Whether the conversation should be compacted, by our own estimate."""
        texts = texts_sent(self._conversation, question)
        return self.may_be_needed(question) and estimated(texts) > self._limit_before_asking

    async def make_room(self, question: str) -> Events:
        """Compacts before a question if the window would be nearly full. If that fails, refuses a
        question that certainly does not fit."""
        self.done = False
        conversation, limit = self._conversation, self._limit_before_asking
        tokens = await tokens_sent(self._context, conversation, self._place, question, limit=limit)
        if tokens <= limit:
            return
        may_help = not self._is_too_long_alone(question)
        if may_help and await self._may(tokens, limit):
            async with aclosing(self._tried(question)) as events:
                async for event in events:
                    yield event
        elif may_help and self._consents is None:
            yield Notice(
                msg(
                    'the conversation is about {tokens:,} of {limit:,} tokens; compact = "auto" '
                    "summarizes its earlier turns",
                    tokens=tokens,
                    limit=limit,
                )
            )
        if not self.done:
            self._check_size(question, self._conversation.texts)

    async def _tried(self, question: str) -> Events:
        """Compacts; an error becomes a notice, and the question is asked anyway."""
        try:
            async with aclosing(self._compacted(self._fitting(question))) as events:
                async for event in events:
                    yield event
        except LlmchatError as error:
            self._failed = True
            yield Notice(msg("earlier turns were not summarized: {message}", message=error.message))

    def _check_size(self, question: str, before: Sequence[str]) -> None:
        """Refuses a question that certainly does not fit, before it is sent."""
        window = known_window(self._context, self._place.provider, self._place.model)
        check_size(question, model=self._place.model, window=window, before=before)

    def _is_too_long_alone(self, question: str) -> bool:
        """Whether it certainly does not fit even without the conversation, so that no summary
        helps."""
        try:
            self._check_size(question, (self._conversation.whole_system,))
        except TooLong:
            return True
        return False

    def asked(self, ask: Callable[[], Events], question: str) -> Events:
        """Passes on the events of `ask`. If the service refuses the question as too long,
        summarizes earlier turns and asks it again after the summary. The turn is created at
        once."""
        return self._asked(ask(), question)

    async def _asked(self, events: Events, question: str) -> Events:
        for tries in range(MOST_TRIES):
            begun = False
            try:
                async with aclosing(events):
                    async for event in events:
                        begun = begun or isinstance(event, BEGINNINGS)
                        yield event
                return
            except TooLong as error:
                if begun or not _is_a_services(error) or tries == MOST_TRIES - 1:
                    raise
                if is_about_files(error, self._conversation):
                    raise
                refused = self._conversation.branch[-2:-1]
                async with aclosing(self._after_refusal(error, question)) as more:
                    async for event in more:
                        yield event
                if not self.done:
                    raise
                asked = refused[0].message
                events = self._conversation.send(asked.text, attachments=asked.attachments)

    async def _after_refusal(self, error: TooLong, question: str) -> Events:
        """Compacts without the refused question, which is deleted once it can be asked again; if
        that fails, it is put back."""
        self.done = False
        conversation = self._conversation
        branch = conversation.branch
        tokens = estimated(texts_sent(conversation, ""))
        learn(self._context, self._place, error, tokens)
        if not is_on(self._context) or len(branch) <= 2 or branch[-2].role != "user":
            return
        if self._failed or self._is_too_long_alone(question):
            return
        if not await self._may(tokens, self._limit):
            return
        conversation.put_back(branch[:-2])
        try:
            async with aclosing(self._tried(question)) as events:
                async for event in events:
                    yield event
        finally:
            if not self.done:
                conversation.put_back(branch)
            elif conversation.history and branch[-1].number is not None:
                conversation.history.forget_refused(branch[-1].number)

    async def compact(self, *, wish: str = "", last: int | None = None) -> Events:
        """Compacts on request, however full the window is. With `last`, earlier turns are left out
        without asking a model."""
        self.done = False
        if not self._conversation.branch:
            raise UsageError(msg("nothing to compact yet"), hint=msg("ask something first"))
        most = round(self._limit * KEPT_SHARE)
        chosen = plan(self._conversation, turns=last, most=most)
        if last is None:
            async with aclosing(self._compacted(chosen, wish)) as events:
                async for event in events:
                    yield event
            return
        before = estimated(texts_sent(self._conversation, ""))
        self._conversation.compact(chosen.before, keeps=chosen.keeps)
        self.done = True
        count = len(chosen.older)
        yield Notice(
            msg(
                "{messages} no longer sent{change}; {undo}",
                messages=_messages(count),
                change=self._change(before),
                undo=self._undo,
            )
        )

    @property
    def _limit(self) -> int:
        return limit_of(self._context, self._place)

    @property
    def _limit_before_asking(self) -> int:
        """All of the window where a summary before each question would not make enough room."""
        fixed = estimated([self._conversation.whole_system])
        return round(self._limit / FULL) if fixed > self._limit * FIXED_SHARE else self._limit

    async def _may(self, tokens: int, limit: int) -> bool:
        if self._context.settings.text("compact") == "auto":
            return True
        name = self._conversation.id
        if self._consents is None or name in self._declined:
            return False
        question = msg(
            "The conversation is about {tokens:,} of {limit:,} tokens. "
            "Summarize its earlier turns?",
            tokens=tokens,
            limit=limit,
        )
        agreed = await self._consents(question)
        if not agreed:
            self._declined.add(name)
        return agreed

    def _fitting(self, question: str) -> Fold:
        """A plan that keeps as many of the last turns as leave room for the question and the
        summary."""
        limit = self._limit
        asked = estimated([self._conversation.whole_system, question])
        room = min(limit * KEPT_SHARE, limit * (1 - SUMMARY_SHARE) - asked)
        return plan(self._conversation, most=max(1, round(room)))

    async def _compacted(self, chosen: Fold, wish: str = "") -> Events:
        context, answerer = self._context, self._conversation.provider
        place, model = self._place, self._conversation.model
        named = context.settings.text("compact_model")
        if named:
            provider, model = context.settings.chooser.named(named)
            context = context.with_provider(provider or place.provider, model)
            answerer = self._open(context)
            model = context.settings.target().model
        try:
            if named:
                place = place_of(context, self._conversation.beside(answerer, model))

            def learned(error: TooLong, tokens: int) -> int:
                learn(context, place, error, tokens)
                return limit_of(context, place)

            maker = Summarizer(
                answerer,
                model,
                limit_of(context, place),
                context.world.clock.ticks,
                learned,
                wish=wish,
            )
            try:
                async with aclosing(maker.run(chosen.before, chosen.messages)) as events:
                    async for event in events:
                        yield event
            finally:
                if maker.turn and self._count:
                    self._count(maker.turn)
        finally:
            if named:
                await answerer.aclose()
        before = estimated(texts_sent(self._conversation, ""))
        self._conversation.compact(maker.text, keeps=chosen.keeps, turn=maker.turn)
        self.done = True
        if maker.turn:
            note_health(context, maker.turn)
        yield Notice(self._told(len(chosen.older), before, maker.turn))

    def _told(self, count: int, before: int, turn: Turn | None) -> str:
        """A line that says what happened, what it cost, and how to undo it."""
        total = turn.usage.total_tokens if turn else None
        cost = msg("tokens not reported") if total is None else msg("{total:,} tokens", total=total)
        told = {
            "messages": _messages(count),
            "cost": cost,
            "change": self._change(before),
            "undo": self._undo,
        }
        if turn is None:
            return msg("{messages} left out without a summary ({cost}){change}; {undo}", **told)
        who = f"{turn.provider}/{turn.model or turn.requested_model}"
        return msg("{messages} summarized by {who} ({cost}){change}; {undo}", who=who, **told)

    def _change(self, before: int) -> str:
        after = estimated(texts_sent(self._conversation, ""))
        return msg(": about {before:,} tokens became {after:,}", before=before, after=after)


def _is_a_services(error: TooLong) -> bool:
    """Whether the service refused it. One of our own limits would not change with a shorter
    conversation."""
    return error.status is not None or bool(error.code)


def is_about_files(error: TooLong, conversation: Conversation) -> bool:
    """Whether attached files may have been too large, rather than the text: files were attached,
    and the error has only an HTTP status, which gateways send too, and names no window."""
    unnamed = error.status == 413 and not error.code and not error.window
    return unnamed and any(entry.message.attachments for entry in conversation.sent)


def _messages(count: int) -> str:
    return msg_n("{n} earlier message", "{n} earlier messages", count)
