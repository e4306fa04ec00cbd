"""Handles a chat request from its question to the last byte.

A failure before the first token has its status; one after it is sent as an error frame, and the
connection is cut, so that no client takes half an answer for a complete one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmchat.app.calling.loop import total
from llmchat.app.serve.asgi import Receive, Scope, Send, send_error, send_json, until_gone
from llmchat.app.serve.refusals import encoded, error_body, status_of
from llmchat.app.serve.requests.answer import FINISH, ChatChoice, Written, with_choice
from llmchat.errors import Filtered, LlmchatError
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Finish, Image, Reasoning, Usage
from llmchat.values.secret import Mask

if TYPE_CHECKING:
    from llmchat.app.serve.requests.asked import ChatQuestion
    from llmchat.app.serve.service import Service

SHOWN = (Delta, Reasoning, Image, ToolCall, Finish)
# Seconds before a cut: a browser drops what it has not read when a body ends early.
LAST_READ = 0.25
STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


class ChatReply:
    """Answers one question; if the client disconnects, everything opened for it is closed."""

    def __init__(self, service: Service, question: ChatQuestion) -> None:
        self._service = service
        self._question = question
        self._entry = service.log.begin(question.model)
        self._written = Written(question.model or "default")
        self._started = False
        self._usage: Usage | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._service.running(self._entry):
            await until_gone(receive, self._answer(send))

    async def _answer(self, send: Send) -> None:
        try:
            async with self._service.queue.turn():
                if schema := self._question.request.schema:
                    await self._service.schemas.check(schema.body)
                await (self._streamed(send) if self._question.stream else self._whole(send))
        except LlmchatError as error:
            error.rewrite(Mask(self._service.context.world.secrets))
            self._entry.outcome, self._entry.status = error.kind, status_of(error)
            if not self._started:
                await send_error(send, error)
                return
            await self._frame(send, error_body(error))
            await asyncio.sleep(LAST_READ)  # returning without ending the body cuts the connection
            error.let_go()
        except Exception:
            self._entry.outcome, self._entry.status = "internal", 500
            raise

    async def _whole(self, send: Send) -> None:
        choices: list[dict[str, Any]] = []
        for index in range(self._question.answers):
            choice, finish = ChatChoice(), "stop"
            async for event in self._events():
                choice.take(event)
                if isinstance(event, Finish):
                    finish = self._finish(event)
            choices.append(choice.body(index, finish))
        await send_json(send, 200, self._written.whole(choices, self._usage or Usage()))

    async def _streamed(self, send: Send) -> None:
        for index in range(self._question.answers):
            self._written.calls = 0
            role = {"role": "assistant"}
            async for event in self._events():
                if not self._started:
                    self._started = True
                    start = {"type": "http.response.start", "status": 200, "headers": STREAM}
                    await send(start)
                if delta := self._written.delta(event):
                    await self._frame(send, self._written.chunk(index, {**role, **delta}))
                    role = {}
                if isinstance(event, Finish):
                    await self._frame(send, self._written.chunk(index, role, self._finish(event)))
        if self._question.usage:
            await self._frame(send, self._written.usage_chunk(self._usage or Usage()))
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})

    async def _events(self) -> AsyncIterator[Event]:
        """The events that a client is sent; a content filter ends the answer and is not an
        error."""
        try:
            async with aclosing(self._asked()) as events:
                async for event in events:
                    if isinstance(event, Usage):
                        self._entry.usage = total(self._entry.usage, event)
                        self._usage = with_choice(self._usage, event)
                    elif isinstance(event, SHOWN):
                        yield event
        except Filtered:
            yield Finish("filter", "")

    async def _asked(self) -> AsyncGenerator[Event, None]:
        answerer = self._service.answerer(self._question.model)
        self._entry.provider = answerer.id
        try:
            request = self._service.remembering(self._question.request)
            calls: list[ToolCall] = []
            async with aclosing(self._service.events(answerer, request)) as events:
                async for event in events:
                    if isinstance(event, ToolCall):
                        event = replace(event, id=_other_id(event.id, calls))
                        calls.append(event)
                    elif isinstance(event, Finish):
                        self._service.remember(calls, event)
                    yield event
        finally:
            await answerer.aclose()

    def _finish(self, event: Finish) -> str:
        self._entry.outcome = FINISH.get(event.reason, event.reason)
        return self._entry.outcome

    async def _frame(self, send: Send, body: object) -> None:
        data = b"data: " + encoded(body) + b"\n\n"
        await send({"type": "http.response.body", "body": data, "more_body": True})
        # An answer that never waits would not notice that its client is gone.
        await asyncio.sleep(0)


def _other_id(wanted: str, calls: list[ToolCall]) -> str:
    """A unique id for the history, so that results can be told apart."""
    from llmchat.providers.formats.tools.call_reader import new_call_id

    taken = {call.id for call in calls}
    return wanted if wanted and wanted not in taken else new_call_id()
