"""Asks one prompt of a batch, and makes its result line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmchat.app.ask.output.outcome import refusal_in
from llmchat.conversation.conversation import Conversation, Events
from llmchat.errors import LlmchatError
from llmchat.render.json import answer_object
from llmchat.values.events import Notice
from llmchat.values.messages import Instructions
from llmchat.values.secret import Mask

if TYPE_CHECKING:
    from llmchat.app.ask.schema import WantedData
    from llmchat.app.batch.input.questions import RowQuestion
    from llmchat.app.run.context import Context
    from llmchat.failover import Answerer
    from llmchat.store.history.history import History
    from llmchat.values.turn import Turn


@dataclass(frozen=True, slots=True)
class Asking:
    """What all prompts of a batch share."""

    context: Context
    answerer: Answerer
    history: History | None  # only with --save
    tell: Callable[[Notice], object]
    wanted: WantedData | None = None  # the schema answers must match
    instructions: Instructions = field(default_factory=Instructions)  # the project's


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """The result of one prompt; without a turn if it was not asked."""

    turn: Turn | None
    error: LlmchatError | None
    ms: int


def conversation_about(asking: Asking, question: RowQuestion) -> Conversation:
    """A new conversation for the prompt."""
    context = asking.context
    conversation = Conversation(
        asking.answerer,
        asking.history,
        model=question.model,
        system=question.system,
        options=question.options,
        stream=context.settings.enabled("stream"),
        ticks=context.world.clock.ticks,
    )
    conversation.schema = asking.wanted.schema if asking.wanted else None
    conversation.instructions = asking.instructions
    return conversation


async def answer_one(asking: Asking, question: RowQuestion) -> OneAnswer:
    """Asks one prompt; an error becomes part of the result."""
    conversation = conversation_about(asking, question)
    ticks = asking.context.world.clock.ticks
    began = ticks()
    error: LlmchatError | None = None
    try:
        await _answered(asking, conversation, question)
        error = refusal_in(conversation.turn)
    except LlmchatError as failed:
        error = failed
        error.rewrite(Mask(asking.context.world.secrets))
    return OneAnswer(conversation.turn, error, round((ticks() - began) * 1000))


async def _answered(asking: Asking, conversation: Conversation, question: RowQuestion) -> None:
    """Asks until the answer is complete and, with a schema, matches it."""

    async def show(events: Events) -> None:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Notice):
                    asking.tell(event)

    events = conversation.send(question.text, attachments=question.attachments)
    if asking.wanted is None:
        await show(events)
        return
    from llmchat.app.ask.schema import answer_with_data  # only with a schema

    await answer_with_data(conversation, events, asking.wanted, show=show)


def answer_line(question: RowQuestion, answer: OneAnswer) -> dict[str, Any]:
    """The result line of one prompt; its keys are documented in docs/batch.md."""
    told = answer_object(answer.turn, answer.error)
    data = answer.turn.data if answer.turn else None
    line = {
        "id": question.id,
        "input_sha256": question.input_sha256,
        **({"data": data.value} if data else {"text": told["text"]}),
        "error": told["error"],
        "usage": told["usage"],
        "model": told["model"],
        "ms": answer.ms,
        "attempts": told["attempts"],
        "provider": told["provider"],
        "requested_model": question.model or None,
        "finish_reason": told["finish_reason"],
        "conversation": told["conversation"],
        "settings_sha256": question.settings_sha256,
    }
    return line | {name: told[name] for name in ("images", "tool_calls") if name in told}
