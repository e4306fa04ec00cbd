"""A client's question and its answer in the history: each request is a conversation of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from llmchat.conversation import Conversation
from llmchat.values.events import Event

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.failover import Answerer
    from llmchat.values.messages import Request


class Exact:
    """Asks what the client asked, whatever the conversation would have sent."""

    def __init__(self, answerer: Answerer, request: Request) -> None:
        self._answerer = answerer
        self._request = request
        self.id = answerer.id

    @property
    def asked_model(self) -> str:
        return str(getattr(self._answerer, "asked_model", ""))

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        return self._answerer.stream(self._request)

    async def aclose(self) -> None:
        await self._answerer.aclose()


def saved(context: Context, answerer: Answerer, request: Request) -> AsyncGenerator[Event, None]:
    """The last question is what is kept; a client sends the ones before it every time."""
    question = next((m for m in reversed(request.messages) if m.role == "user"), None)
    if question is None or not question.text.strip():
        return answerer.stream(request)
    exact = Exact(answerer, request)
    conversation = Conversation(exact, context.history, ticks=context.world.clock.ticks)
    return conversation.send(question.text, attachments=question.attachments)
