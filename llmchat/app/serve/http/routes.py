"""The routes of the server."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llmchat.app.serve.asgi import (
    IDLE,
    LARGE_BODY,
    Gone,
    Receive,
    Scope,
    Send,
    TooLarge,
    TooSlow,
    read_body,
    send_error,
    send_json,
    skip_body,
    until_gone,
)
from llmchat.app.serve.http.gates import refuse_delay, refuse_size
from llmchat.app.serve.http.page import send_page
from llmchat.app.serve.refusals import encoded, error_body, fault, status_of
from llmchat.app.serve.requests.asked import json_body, model_in, question_in
from llmchat.app.serve.requests.chat import ChatReply
from llmchat.app.serve.requests.embedding import embedded
from llmchat.app.serve.service import Service
from llmchat.errors import LlmchatError, RateLimited, UnknownModel
from llmchat.language import msg
from llmchat.values.secret import Mask


class Posted:
    """A route that takes a JSON body, each part of which must arrive within `idle` seconds."""

    def __init__(self, service: Service, idle: float) -> None:
        self._service = service
        self._idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads a large body only when it is its turn, because it stays in memory until it is
        answered."""
        if not _may_be_large(scope):
            await self._read(scope, receive, send)
            return
        try:
            async with self._service.large.turn():
                await self._read(scope, receive, send)
        except RateLimited as error:
            await skip_body(receive)
            await self.refuse(send, error)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(receive, self._idle)
            await self.answer(body, scope, receive, send)
        except Gone:
            return
        except TooLarge:
            await refuse_size(receive, send)
        except TooSlow:
            await refuse_delay(receive, send, self._idle)
        except LlmchatError as error:
            await self.refuse(send, error)

    async def answer(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        raise TypeError(f"{type(self).__name__} does not say how it answers")

    async def refuse(self, send: Send, error: LlmchatError) -> None:
        error.rewrite(Mask(self._service.context.world.secrets))
        await send_error(send, error)


def _may_be_large(scope: Scope) -> bool:
    """Whether its body is large, or does not say its length."""
    length = dict(scope["headers"]).get(b"content-length")
    return length is None or int(length) > LARGE_BODY


class ChatRoute(Posted):
    async def answer(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        question = question_in(json_body(body))
        await ChatReply(self._service, question)(scope, receive, send)


class EmbeddingRoute(Posted):
    async def answer(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        asked = json_body(body)
        entry = self._service.log.begin(model_in(asked))

        async def work() -> None:
            try:
                async with self._service.queue.turn():
                    reply = await embedded(self._service, asked, entry)
                entry.outcome = "ok"
                await send_json(send, 200, reply)
            except LlmchatError as error:
                entry.outcome, entry.status = error.kind, status_of(error)
                await self.refuse(send, error)

        with self._service.running(entry):
            await until_gone(receive, work())


class PageRoute:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_page(send, 200)


def application(service: Service, *, idle: float = IDLE) -> Starlette:
    async def health(_: Asked) -> Response:
        return JSONResponse({"status": "ok"})

    async def models(_: Asked) -> Response:
        await service.models.lists.fetch()
        rows = [_model(name) for name in service.models.ids()]
        return JSONResponse({"object": "list", "data": rows})

    async def model(asked: Asked) -> Response:
        name = asked.path_params["name"]
        if not name:
            return await models(asked)
        await service.models.lists.fetch()
        if name not in service.models.ids():
            error = UnknownModel(msg("this server has no model {name!r}", name=name))
            return JSONResponse(error_body(error), 404)
        return JSONResponse(_model(name))

    async def status(_: Asked) -> Response:
        await service.models.lists.fetch()
        told = {
            "models": list(service.models.ids()),
            "requests": service.log.requests,
            "failed": service.log.failed,
            "running": service.busy,
        }
        return JSONResponse(told)

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/models", models),
            Route("/v1/models/{name:path}", model),
            Route("/v1/chat/completions", ChatRoute(service, idle), methods=["POST"]),
            Route("/v1/embeddings", EmbeddingRoute(service, idle), methods=["POST"]),
            Route("/status", status),
            Route("/", PageRoute(), methods=["GET"]),
        ],
        exception_handlers={HTTPException: _unknown, Exception: _broken},
    )


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": name.partition("/")[0]}


async def _broken(_: Asked, error: Exception) -> Response:
    """The response for a bug, without internal details."""
    body = fault("an internal error of llmchat serve", kind="api_error", code="internal")
    return Response(encoded(body), 500, media_type="application/json")


async def _unknown(_: Asked, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    words = "this method is not taken here"
    if status == 404:
        words = "there is no such address here; /v1/chat/completions takes questions"
    body = fault(words, kind="invalid_request_error", code="not_found")
    return Response(encoded(body), status, getattr(error, "headers", None), "application/json")
