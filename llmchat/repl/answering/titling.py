"""Asks a model for the conversation's title in the background, without delaying anything."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from llmchat.errors import LlmchatError
from llmchat.store.history.naming import title_of
from llmchat.system.tasks import end_task

if TYPE_CHECKING:
    from llmchat.conversation.conversation import Conversation
    from llmchat.repl.session import Session
    from llmchat.values.turn import Turn

EARLY = 6  # messages; a longer conversation keeps its title


class Titling:
    """Runs at most one title request at a time; the next question or the end of the session stops
    it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._task: asyncio.Task[None] | None = None
        self._done: set[str] = set()  # conversations whose request was completed

    def begin(self) -> None:
        """Called after an answer: asks for a title if the answer is complete, saved, and among the
        first."""
        session = self._session
        conversation, turn = session.conversation, session.conversation.turn
        wanted = session.context.settings.text("titles") == "model" and session.history
        if not wanted or turn is None or turn.state != "complete" or self._task:
            return
        if len(conversation.branch) <= EARLY and conversation.id not in self._done:
            self._task = asyncio.create_task(self._give(conversation, turn))

    async def stop(self) -> None:
        """Called before any other request, because a key may allow only one stream at a time."""
        task, self._task = self._task, None
        if task:
            await end_task(task)

    async def _give(self, conversation: Conversation, turn: Turn) -> None:
        from llmchat.app.ask.titles import asked_title  # only if models make titles

        session, name = self._session, conversation.id
        question = next((m.message.text for m in conversation.branch), "")
        model = turn.requested_model if turn.provider == conversation.provider.id else ""
        asked = session.current.context.with_provider(turn.provider, model)
        title, usage = await asked_title(asked, question, turn.text)
        self._task = None
        self._done.add(name)
        session.usages.append((turn.provider, turn.model, usage))
        if title and session.history:
            with suppress(LlmchatError):
                session.history.retitle(name, title_of(question), title)
        if session.conversation.id == name:
            session.current.find_title()
            session.line.refresh()
