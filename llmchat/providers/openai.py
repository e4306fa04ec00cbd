"""OpenAI, and every server that speaks its language; the presets are data in `presets`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, ClassVar

from llmchat.endpoint import Endpoint
from llmchat.errors import LlmchatError, NotAnAnswer, UnknownModel
from llmchat.events import Finish, Image
from llmchat.messages import Attachment, Message, Request
from llmchat.providers.base import Access, Model, Provider, read
from llmchat.providers.chat_frames import ChatReader, WholeReader
from llmchat.providers.codes import explained
from llmchat.providers.presets import PRESETS, Preset
from llmchat.providers.readers import EitherReader, json_object
from llmchat.providers.stages import Events
from llmchat.transport.http import httpx
from llmchat.transport.http_errors import not_an_answer

DREW = "drew"  # in the memory of an answer: who drew its pictures


def payload(request: Request, *, ask_usage: bool = True, provider: str = "") -> dict[str, Any]:
    """The body; an option of None takes a field out. `provider` gets its own pictures back."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(m) for m in with_pictures(request.messages, provider)],
        "stream": request.stream,
    }
    if request.stream and ask_usage:
        body["stream_options"] = {"include_usage": True}
    body.update(request.options)
    return {name: value for name, value in body.items() if value is not None}


def with_pictures(messages: Sequence[Message], provider: str) -> Iterator[Message]:
    """A picture that was drawn goes along with the next question, for only questions bring files:
    that is how it can be changed. Another service's pictures are not for this one."""
    drawn: tuple[Attachment, ...] = ()
    for message in messages:
        if message.role != "user":
            if message.memory.get(DREW) == provider:
                drawn = tuple(a for a in message.attachments if a.media_type.startswith("image/"))
            yield replace(message, attachments=())
        else:
            yield replace(message, attachments=drawn + message.attachments)
            drawn = ()


def _message(message: Message) -> dict[str, Any]:
    if not message.attachments:
        return {"role": message.role, "content": message.text}
    parts = [{"type": "text", "text": message.text}] if message.text else []
    return {"role": message.role, "content": parts + [_part(a) for a in message.attachments]}


def _part(attachment: Attachment) -> dict[str, Any]:
    content = base64.b64encode(attachment.content).decode()
    data = f"data:{attachment.media_type};base64,{content}"
    if attachment.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": data}}
    return {"type": "file", "file": {"filename": attachment.name, "file_data": data}}


class OpenAI(Provider):
    name = "openai"
    label = "OpenAI"
    url = "https://platform.openai.com"
    base_url = PRESETS["openai"].base_url
    api_endpoint: ClassVar[str] = "https://api.openai.com/v1/chat/completions"
    access: Access = "key"
    needs_auth = True

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        name: str = "",
        http: httpx.AsyncBaseTransport | None = None,
        tokens: object = None,
    ) -> None:
        super().__init__(endpoint, name=name, http=http)
        own = Preset(self.id, "", access="local")  # a server that the user named
        self.preset = PRESETS.get(self.id, own)
        self.access = self.preset.access
        self.base = (self.endpoint.base_url or self.preset.base_url).rstrip("/")

    def check_key(self) -> None:
        """A preset's own address wants its key; at another address the server will tell."""
        if self.preset.access == "key" and self.base == self.preset.base_url:
            super().check_key()

    def resolve(self, model: str) -> str:
        return super().resolve(model) or self.preset.model

    async def exchange(self, request: Request) -> Events:
        body = payload(request, ask_usage=self.preset.asks_usage, provider=self.id)
        body["model"] = self.asked_model = request.model or await self._first_model()
        headers = {"Accept": "text/event-stream" if request.stream else "application/json"}
        async with self.wire.send(
            "POST",
            f"{self.base}/chat/completions",
            headers=self._headers(headers),
            json=body,
        ) as reply:
            await self.refuse(reply)
            stream = ChatReader(body["model"], request_id=reply.headers.get("x-request-id", ""))
            reader = EitherReader(stream, WholeReader(stream, reply.content_type))
            drew = False
            async with aclosing(read(reply, reader)) as events:
                async for event in events:
                    drew = drew or isinstance(event, Image)
                    if drew and isinstance(event, Finish):
                        event = replace(event, memory={DREW: self.id})
                    yield event

    async def list_models(self) -> tuple[Model, ...]:
        self.check_key()
        async with self.wire.send("GET", f"{self.base}/models", headers=self._headers()) as reply:
            await self.refuse(reply)
            return models_in(await reply.whole(), reply.content_type)

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        return explained(status, headers, body)

    def _headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        key = self.endpoint.api_key
        signed = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
        return {"Content-Type": "application/json", **signed, **(more or {})}

    async def _first_model(self) -> str:
        models = await self.list_models()
        if not models:
            raise UnknownModel(f"{self.id} has no model", hint="load one there, or say -m MODEL")
        return models[0].id


def models_in(body: bytes, content_type: str) -> tuple[Model, ...]:
    """A list of models as `GET /models` gives it."""
    data = json_object(body if body.lstrip()[:1] != b"[" else b'{"data":' + body + b"}")
    rows = data.get("data") if data else None
    if not isinstance(rows, list):
        raise _no_list(body, content_type)
    named = (row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str))
    return tuple(Model(row["id"], context=_context(row)) for row in named)


def _context(row: Mapping[str, Any]) -> int | None:
    names = ("context_length", "context_window", "max_context_length", "max_model_len")
    sizes = (row.get(name) for name in names)
    return next((size for size in sizes if isinstance(size, int)), None)


def _no_list(body: bytes, content_type: str) -> NotAnAnswer:
    error = not_an_answer(body[:4096], content_type)
    return NotAnAnswer(f"no list of models came: {error.message}", hint=error.hint)
