"""Prepares a question to several models: the project's instructions for each of them, and
compaction for the smallest window."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import candidate_names
from llmchat.app.ask.input.question import may_be_instructed, model_asked
from llmchat.errors import TooLong
from llmchat.language import msg
from llmchat.values.messages import Instructions

if TYPE_CHECKING:
    from llmchat.app.ask.compaction.compactor import Count
    from llmchat.app.compare.answers import ComparedAnswer, Open
    from llmchat.app.run.context import Context
    from llmchat.app.terminal.consent import Consent
    from llmchat.conversation.conversation import Conversation
    from llmchat.values.events import Event

SHORTER = msg("ask without -c, or compare models with larger context windows")


async def instructions_for(
    contexts: Sequence[Context], consent: Consent | None = None
) -> list[Instructions]:
    """The project's instructions that each model's provider may get; every consent is asked for
    once."""
    if not may_be_instructed(contexts[0]):
        return [Instructions() for _ in contexts]
    from llmchat.app.ask.input.instructions import load_instructions  # only if there are any

    names = map(candidate_names, contexts)
    return [
        await load_instructions(context, own, consent=consent)
        for context, own in zip(contexts, names, strict=True)
    ]


async def make_room(
    conversation: Conversation,
    contexts: Sequence[Context],
    question: str,
    open_: Open,
    *,
    consents: Consent | None,
    undo: str,
    hint: str,
    declined: set[str] | None = None,
    count: Count | None = None,
) -> AsyncGenerator[Event, None]:
    """Compacts the conversation once for all models, with the model that has the smallest window,
    or with `compact_model`."""
    context = _tightest(contexts) if conversation.branch else None
    if context is None:
        return
    from llmchat.app.ask.compaction.compactor import Compactor  # only if there are earlier messages

    answerer = open_(context)
    try:
        twin = conversation.beside(answerer, context.settings.target().model)
        room = Compactor(
            context,
            twin,
            open_answerer=open_,
            consents=consents,
            undo=undo,
            declined=declined,
            count=count,
        )
        if not room.may_be_needed(question):
            return
        async with aclosing(room.make_room(question)) as events:
            async for event in events:
                yield event
        conversation.put_back(twin.branch)
    except TooLong as error:
        error.hint = hint
        raise
    finally:
        await answerer.aclose()


def told_of_refused(answers: Iterable[ComparedAnswer]) -> Iterator[str]:
    """A line for each model that refused the conversation as too long. The windows they name are
    remembered, so that the next question is compacted to fit."""
    for answer in answers:
        error, conversation = answer.failure, answer.conversation
        if not isinstance(error, TooLong) or conversation is None or len(conversation.sent) <= 2:
            continue
        # Only after a refusal.
        from llmchat.app.ask.compaction.compactor import is_about_files, is_on
        from llmchat.app.ask.compaction.room import estimated, learn, place_of, texts_sent

        if is_about_files(error, conversation):
            continue
        place = place_of(answer.context, conversation)
        learn(answer.context, place, error, estimated(texts_sent(conversation, "")))
        if is_on(answer.context):
            yield msg(
                "to ask {label} again: the next question has a summary of earlier turns",
                label=answer.label,
            )


def _tightest(contexts: Sequence[Context]) -> Context | None:
    """The context with the smallest window; None if no window is known."""
    from llmchat.app.ask.compaction.room import Place, limit_of  # as above

    limits: list[tuple[int, int]] = []
    for number, context in enumerate(contexts):
        name = candidate_names(context)[0]
        if limit := limit_of(context, Place(name, model_asked(context, name))):
            limits.append((limit, number))
    return contexts[min(limits)[1]] if limits else None
