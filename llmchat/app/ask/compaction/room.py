"""How much room a conversation has left in the model's context window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.app.ask.input.question import model_asked
from llmchat.app.ask.input.token_count import can_count, count_tokens
from llmchat.app.models import known_window
from llmchat.errors import LlmchatError, TooLong
from llmchat.inputs.tokens import estimate_tokens, window_of
from llmchat.store.state.context_windows import LearnedWindow, Windows

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.conversation.conversation import Conversation

FULL = 0.8  # of the window; the rest is left for the answer
BELOW_REFUSED = 0.85  # of the size that was refused, by the same estimate
NEAR = 0.6  # of the limit; from here on, a service that can count is asked
A_MESSAGE = 4  # tokens around each message
LEAST_SHARE, LEAST = 0.25, 500  # of a named window, and tokens; attached files are not estimated


@dataclass(frozen=True, slots=True)
class Place:
    """The provider and model for which a window is stored."""

    provider: str
    model: str


def place_of(context: Context, conversation: Conversation) -> Place:
    provider = conversation.provider.id
    return Place(provider, conversation.model or model_asked(context, provider))


def limit_of(context: Context, place: Place) -> int:
    """The tokens that a request may have so that the answer still fits; 0 if unknown."""
    known = known_window(context, place.provider, place.model) or window_of(place.model)
    learned = LearnedWindow()
    if context.paths.windows.exists():
        now = context.world.clock.now()
        learned = Windows(context.paths.windows, context.report.warning).find(
            place.provider, place.model, now
        )
    limits = (round(known * FULL), round(learned.refused * BELOW_REFUSED))
    return min((limit for limit in limits if limit), default=0)


def learn(context: Context, place: Place, error: TooLong, tokens: int) -> None:
    """Stores what a refusal says: the window it names, and that `tokens` were too many."""
    refused = max(tokens, round(error.window * LEAST_SHARE), LEAST)
    learned = LearnedWindow(error.window, refused, context.world.clock.now())
    Windows(context.paths.windows).remember(place.provider, place.model, learned)


def texts_sent(conversation: Conversation, question: str) -> list[str]:
    return [conversation.whole_system, *conversation.texts, question]


def estimated(texts: Iterable[str]) -> int:
    return sum(estimate_tokens(text) + A_MESSAGE for text in texts if text)


async def tokens_sent(
    context: Context, conversation: Conversation, place: Place, question: str, *, limit: int
) -> int:
    """The tokens of the next request: as counted by the service if it can, else the larger of our
    estimate and what the service reported for the last request."""
    texts = texts_sent(conversation, question)
    guess = estimated(texts)
    if guess > limit * NEAR and can_count(context, place.provider):
        try:
            return (await count_tokens(context, place.provider, place.model, texts)).tokens
        except LlmchatError:  # the estimate is good enough
            return guess
    return max(guess, _counted(conversation, question))


def _counted(conversation: Conversation, question: str) -> int:
    """The tokens that the last answer reported, if the branch ends with it; an answer with tool
    calls counts each of its rounds."""
    turn, branch = conversation.turn, conversation.branch
    if turn is None or turn.calls or turn.usage.prompt_tokens is None or not branch:
        return 0
    if branch[-1].role != "assistant" or branch[-1].message.text != turn.text:
        return 0
    answer = turn.usage.completion_tokens or estimate_tokens(turn.text)
    return turn.usage.prompt_tokens + answer + estimate_tokens(question)
