"""The provider GigaChat: its calls, each with a good token, one stream at a time."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from llmchat.endpoint import Endpoint
from llmchat.errors import AuthError, LlmchatError, NothingFound, RateLimited, Timeout, UnknownModel
from llmchat.events import Event, Notice
from llmchat.messages import Attachment, Request
from llmchat.providers.base import Access, Model, Provider, read, unknown_model
from llmchat.providers.chat_frames import WholeReader
from llmchat.providers.gigachat.errors import api_refusal
from llmchat.providers.gigachat.files import check_limits, content_id, file_id, form_file
from llmchat.providers.gigachat.frames import (
    Balance,
    Frames,
    balances_in,
    counts_in,
    models_in,
    payload,
)
from llmchat.providers.gigachat.key import PERSONAL
from llmchat.providers.gigachat.tokens import Account, MemoryTokens, Purse, TokenLock, TokenStore
from llmchat.providers.stages import Events
from llmchat.secret import AccessToken
from llmchat.transport import Reply
from llmchat.transport.http import httpx
from llmchat.transport.http_errors import not_an_answer
from llmchat.trust import roots_for_gigachat

OPTIONS = frozenset((
    "additional_fields", "flags", "function_call", "function_ranker", "functions", "max_tokens",
    "n", "profanity_check", "reasoning_effort", "repetition_penalty", "response_format", "storage",
    "stream", "temperature", "top_p", "unnormalized_history", "update_interval",
))  # fmt: skip
T = TypeVar("T")
TURN_PAUSE = 0.1  # between two looks whether the other llmchat is done
SLOWEST_UPLOAD = 20_000  # bytes a second that are still waited for
WORTH_TELLING = 120.0  # seconds that a clock is wrong before a person should hear of it
WAITING = "waiting for another llmchat: a personal key has one stream at a time"


class GigaChat(Provider):
    name = "gigachat"
    label = "GigaChat"
    url = "https://developers.sber.ru/gigachat"
    base_url = "https://gigachat.devices.sberbank.ru/api/v1"
    api_endpoint: ClassVar[str] = f"{base_url}/chat/completions"
    access: Access = "key"
    operator = "Sber"
    needs_auth = True
    keeps_tokens = True
    supports_tools = True
    supports_schema = True
    supports_images = True
    known_options = OPTIONS
    thinking = "gigachat"
    default_model = "GigaChat-2"
    models = ("GigaChat-2", "GigaChat-2-Pro", "GigaChat-2-Max", "GigaChat-3-Ultra")
    model_aliases: ClassVar[Mapping[str, str]] = {
        "GigaChat:latest": "GigaChat-2",
        "GigaChat": "GigaChat-2",
        "GigaChat-Plus": "GigaChat-2",
        "GigaChat-Pro": "GigaChat-2-Pro",
        "GigaChat-Max": "GigaChat-2-Max",
    }
    # The Python interface has no store; its calls share the tokens of this process.
    memory: ClassVar[TokenStore] = MemoryTokens()

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        name: str = "",
        http: httpx.AsyncBaseTransport | None = None,
        tokens: TokenStore | None = None,
    ) -> None:
        super().__init__(endpoint, name=name, http=http)
        self.account = Account.of(self.endpoint)
        self.purse = Purse(self.account, tokens or self.memory, self.wire)
        self.base = (self.endpoint.base_url or self.base_url).rstrip("/")
        self._store = tokens or self.memory
        # Without a shared store nobody else is known, and a caller who nests two of his own
        # streams must not wait for himself.
        self._queues = tokens is not None and self.account.scope == PERSONAL
        self._file_ids: dict[str, str] = {}

    async def stream(self, request: Request) -> Events:
        """Waits for its turn and uploads what is attached before the deadlines begin to count."""
        ready = self.prepare(request)
        attached = tuple(a for m in ready.messages for a in m.attachments)
        check_limits(attached)
        lock = self._store.lock(self.account.stream_lock)
        try:
            if self._queues:
                async for notice in self._turn(lock):
                    yield notice
            async for notice in self._upload(attached):
                yield notice
            async with aclosing(super().stream(request)) as events:
                async for event in events:
                    yield event
        finally:
            lock.leave()

    async def exchange(self, request: Request) -> Events:
        renewed = self.purse.kept() is None
        token = await self.purse.token()
        if renewed and abs(token.clock_offset) > WORTH_TELLING:
            yield Notice(wrong_clock(token))
        try:
            async with aclosing(self._answer(request)) as events:
                async for event in events:
                    yield event
        except UnknownModel as error:
            raise await self._with_names(error, request.model) from error

    async def list_models(self) -> tuple[Model, ...]:
        self.check_key()
        models = await self._document("GET", "/models", models_in)
        return tuple(model.masked(self.wire.mask) for model in models)

    async def count_tokens(self, texts: Iterable[str], *, model: str = "") -> tuple[int, ...]:
        """Tokens of each text, as the model counts them."""
        self.check_key()
        body = {"model": self.resolve(model), "input": list(texts)}
        return await self._document("POST", "/tokens/count", counts_in, json=body)

    async def balance(self) -> tuple[Balance, ...]:
        """What is left of the packages that were bought."""
        self.check_key()
        try:
            rows = await self._document("GET", "/balance", balances_in)
            return tuple(replace(row, model=self.wire.mask(row.model)) for row in rows)
        except AuthError as error:
            if "refused a fresh token" in error.message:
                raise
            raise NothingFound(
                "this account has no balance; it pays as it goes",
                hint="the bill is in the account's cabinet",
                request_id=error.request_id,
            ) from error

    def resolve(self, model: str) -> str:
        """Names are taken in any case; one that nobody knows here is sent as it is."""
        asked = model or self.endpoint.model or self.default_model
        names = {name.lower(): name for name in self.models}
        aliases = {alias.lower(): target for alias, target in self.model_aliases.items()}
        return aliases.get(asked.lower()) or names.get(asked.lower()) or asked

    def trust(self, host: str) -> tuple[str, ...]:
        return roots_for_gigachat(host)

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        return api_refusal(status, headers, body)

    async def _turn(self, lock: TokenLock) -> AsyncGenerator[Event]:
        if lock.enter():
            return
        if not self.endpoint.wait:
            raise RateLimited(
                "another llmchat is using this key, which has one stream at a time",
                hint="wait until it is done, or leave out --no-wait",
            )
        yield Notice(WAITING)
        while not lock.enter():  # noqa: ASYNC110 - the other one is another process
            await asyncio.sleep(TURN_PAUSE)

    async def _upload(self, attached: Iterable[Attachment]) -> AsyncGenerator[Event]:
        for file in attached:
            name = content_id(file)
            if name in self._file_ids:
                continue
            yield Notice(f"sending {file.name}")
            self._file_ids[name] = await self._document(
                "POST",
                "/files",
                lambda body, _: file_id(body),
                files=form_file(file),
                form={"purpose": "general"},
                patience=len(file.content) / SLOWEST_UPLOAD,
            )

    async def _answer(self, request: Request) -> Events:
        body = payload(request, self._file_ids)
        headers = {"Accept": "text/event-stream" if request.stream else "application/json"}
        if request.session:
            headers["X-Session-ID"] = request.session  # the service's prompt cache goes by it
        async with self._call("POST", "/chat/completions", headers=headers, json=body) as reply:
            kind = reply.content_type
            if kind in ("text/html", "application/xhtml+xml"):
                raise not_an_answer(await reply.start(), kind)
            stream = Frames(request.model, request_id=reply.headers.get("x-request-id", ""))
            reader = stream if kind == "text/event-stream" else WholeReader(stream, kind)
            async with aclosing(read(reply, reader)) as events:
                async for event in events:
                    yield event

    async def _document(
        self,
        method: str,
        path: str,
        read: Callable[[bytes, str], T],
        *,
        patience: float = 0,
        **content: Any,
    ) -> T:
        """What `read` finds in a whole reply of this content type."""
        patience += self.endpoint.deadlines.first_token
        try:
            async with (
                asyncio.timeout(patience),
                self._call(method, path, **content) as reply,
            ):
                return read(await reply.whole(), reply.content_type)
        except TimeoutError:
            raise Timeout(
                f"no reply to {path} within {patience:.0f} s", hint="try again; llmchat doctor"
            ) from None

    @asynccontextmanager
    async def _call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> AsyncGenerator[Reply]:
        """One call with a good token; when the service finds that it is over, with another one."""
        request_id = str(uuid.uuid4())
        sent = {"Accept": "application/json", "X-Request-ID": request_id, **(headers or {})}
        if "json" in content:
            sent["Content-Type"] = "application/json"
        url = self.base + path
        token = await self.purse.token()
        try:
            async with self.wire.send(
                method, url, headers=_signed(sent, token), **content
            ) as reply:
                if reply.status != 401:
                    await self.refuse(reply)
                    yield reply
                    return
            token = await self.purse.token(refused=token)
            async with self.wire.send(
                method, url, headers=_signed(sent, token), **content
            ) as reply:
                await self.refuse(reply)
                yield reply
        except LlmchatError as error:
            error.request_id = error.request_id or request_id
            raise

    async def _with_names(self, error: UnknownModel, model: str) -> UnknownModel:
        """The error with the nearest names that the account has."""
        if "model" not in error.message.lower():
            return error
        try:
            names = [known.id for known in await self.list_models()]
        except LlmchatError:
            names = list(self.models)
        better = unknown_model(self.id, model, names)
        better.request_id = error.request_id
        return better


def wrong_clock(token: AccessToken) -> str:
    minutes = round(abs(token.clock_offset) / 60)
    side = "behind" if token.clock_offset > 0 else "ahead of"
    return f"this computer's clock is {minutes} min {side} GigaChat's; that is allowed for"


def _signed(headers: Mapping[str, str], token: AccessToken) -> dict[str, str]:
    return {**headers, "Authorization": f"Bearer {token.secret.reveal()}"}
