"""A client's question and its answer in the history: each request is a conversation of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from llmchat.conversation import Conversation
from llmchat.failover import Answerer, Around
from llmchat.values.events import Event

if TYPE_CHECKING:
    from llmchat.app.run.context import Context
    from llmchat.values.messages import Request


class Exact(Around):
    """Asks what the client asked, whatever the conversation would have sent."""

    def __init__(self, answerer: Answerer, request: Request) -> None:
        self.answerer, self.id = answerer, answerer.id
        self._request = request

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        return self.answerer.stream(self._request)


def saved(context: Context, answerer: Answerer, request: Request) -> AsyncGenerator[Event, None]:
    """The last question is what is kept; a client sends the ones before it every time."""
    question = next((m for m in reversed(request.messages) if m.role == "user"), None)
    if question is None or not question.text.strip():
        return answerer.stream(request)
    exact = Exact(answerer, request)
    conversation = Conversation(exact, context.history, ticks=context.world.clock.ticks)
    return conversation.send(question.text, attachments=question.attachments)
