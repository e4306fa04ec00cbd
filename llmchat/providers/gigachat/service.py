"""The GigaChat provider: answers with their files, one stream at a time, and its other API calls.

Why: docs/decisions/0054-one-stream-a-personal-key.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from llmchat.errors import (
    AuthError,
    BadRequest,
    LlmchatError,
    NothingFound,
    RateLimited,
    UnknownModel,
)
from llmchat.language import msg
from llmchat.providers.base import Access, Model, Provider, read
from llmchat.providers.formats.chat_frames import WholeReader
from llmchat.providers.formats.readers import EitherReader
from llmchat.providers.gigachat.auth import sign_in
from llmchat.providers.gigachat.auth.access_tokens import (
    MemoryTokens,
    TokenLock,
    TokenStore,
    wrong_clock,
)
from llmchat.providers.gigachat.auth.key import PERSONAL
from llmchat.providers.gigachat.calls import Api
from llmchat.providers.gigachat.errors import api_refusal
from llmchat.providers.gigachat.files import content_id, is_document, with_room
from llmchat.providers.gigachat.frames import (
    Balance,
    Frames,
    balances_in,
    counts_in,
    frames_of,
    models_in,
    payload,
)
from llmchat.providers.gigachat.hosts import BASE_URL, where_models_are
from llmchat.providers.gigachat.storage import (
    UPLOAD_AGAIN,
    Storage,
    StoredFile,
    UploadStore,
    denied,
)
from llmchat.providers.stages import Events
from llmchat.providers.unknown_names import unknown_model
from llmchat.root_certificate import roots_for_gigachat
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Event, Finish, Notice
from llmchat.values.messages import Attachment, Request

if TYPE_CHECKING:
    from llmchat.providers.formats.vectors import Vectors
    from llmchat.values.answer_schema import SchemaWay

OPTIONS = frozenset((
    "additional_fields", "flags", "function_call", "function_ranker", "functions", "max_tokens",
    "n", "profanity_check", "reasoning_effort", "repetition_penalty", "response_format", "storage",
    "stream", "temperature", "top_p", "unnormalized_history", "update_interval",
))  # fmt: skip
EMBEDDER = "Embeddings"
TURN_PAUSE = 0.1  # seconds between two checks whether another llmchat has finished
WAITING = msg("waiting for another llmchat: a personal key has one stream at a time")


class GigaChat(Provider):
    name = "gigachat"
    label = "GigaChat"
    url = "https://developers.sber.ru/gigachat"
    base_url = BASE_URL
    api_endpoint: ClassVar[str] = f"{base_url}/chat/completions"
    access: Access = "key"
    operator = "Sber"
    needs_auth = True
    keeps_tokens = True
    supports_tools = True
    supports_schema: SchemaWay = "flat"
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
    # The Python interface has no token store; its calls share the tokens of this process.
    memory: ClassVar[TokenStore] = MemoryTokens()

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        tokens: TokenStore | None = None,
        uploads: UploadStore | None = None,
        **more: Any,
    ) -> None:
        super().__init__(endpoint, **more)
        self.account = sign_in.account_of(self.endpoint, self.base)
        self._store = tokens or self.memory
        signing = sign_in.tokens_for(self.endpoint, self.account, self._store, self.wire)
        self.tokens, self.purse = signing
        patience = self.endpoint.deadlines.first_token
        self._api = Api(self.base, self.wire, self.tokens, patience=patience)
        self.storage = Storage(
            self._api,
            self.id,
            self.endpoint.retries,
            account=self.account.id,
            uploads=uploads if self.endpoint.files_keep else None,
        )
        # Without a shared store there is no other process to wait for, and a caller who nests two
        # streams must not wait for himself.
        personal = self.account.scope == PERSONAL and self.tokens is self.purse
        self._queues = tokens is not None and personal
        self._used: set[str] = set()  # ids of files in the account that the last answer needed

    @property
    def one_stream(self) -> bool:
        return self._queues

    async def stream(self, request: Request) -> Events:
        """Waits for the stream lock and uploads attachments before the deadlines begin."""
        ready, left_out = with_room(self.prepare(request))
        attached = tuple(a for m in ready.messages for a in m.attachments)
        for name in left_out:
            yield Notice(msg("not sending {name} again: GigaChat has no room for it", name=name))
        lock = self._store.lock(self.account.stream_lock)
        try:
            if self._queues:
                async for event in self._turn(lock):
                    yield event
            async with aclosing(self.storage.send(attached)) as sending:
                async for event in sending:
                    yield event
            async with aclosing(super().stream(ready)) as events:
                async for event in events:
                    if isinstance(event, Finish) and (trouble := await self._tidy(attached)):
                        yield Notice(trouble)
                    yield event
        except (AuthError, BadRequest) as error:
            raise self._about_files(error, attached) from error.__cause__
        finally:
            lock.leave()
            await self._tidy(attached)

    async def exchange(self, request: Request) -> Events:
        renewed = self.tokens.stored() is None
        token = await self.tokens.token()
        if token and renewed and (line := wrong_clock(token)):
            yield Notice(line)
        try:
            async with aclosing(self._answer(request)) as events:
                async for event in events:
                    yield event
        except UnknownModel as error:
            asked = str(request.options.get("model") or request.model)
            raise await self._with_names(error, asked) from error

    async def list_models(self) -> tuple[Model, ...]:
        self.check_key()
        models = models_in(*await self._api.document("GET", "/models"))
        return tuple(model.masked(self.wire.mask) for model in models)

    async def count_tokens(self, texts: Iterable[str], *, model: str = "") -> tuple[int, ...]:
        """The tokens of each text, as the model counts them."""
        self.check_key()
        asked = list(texts)
        body = {"model": self.resolve(model), "input": asked}
        reply, kind = await self._api.document("POST", "/tokens/count", json=body)
        return counts_in(reply, kind, len(asked))

    async def embed(
        self, texts: Sequence[str], *, model: str = "", dimensions: int | None = None
    ) -> Vectors:
        from llmchat.providers.formats import vectors  # only for embeddings

        self.check_key()
        if dimensions:
            raise BadRequest(
                msg("gigachat does not let you choose the dimensions of its embeddings")
            )
        body = {"model": model or EMBEDDER, "input": list(texts)}
        reply, _ = await self._api.document("POST", "/embeddings", limit=vectors.LARGEST, json=body)
        return vectors.vectors_in(reply, len(texts))

    async def balance(self) -> tuple[Balance, ...]:
        """What is left of the token packages."""
        self.check_key()
        try:
            rows = balances_in(*await self._api.document("GET", "/balance"))
            return tuple(replace(row, model=self.wire.mask(row.model)) for row in rows)
        except AuthError as error:
            if error.status != 403:
                raise
            raise NothingFound(
                msg("this account has no balance; it is billed by usage"),
                hint=msg("see billing in your account"),
                request_id=error.request_id,
                status=error.status,
            ) from error

    async def stored_files(self) -> tuple[StoredFile, ...]:
        """The files in the account, which stay until they are deleted."""
        self.check_key()
        files = await self.storage.list()
        return tuple(replace(file, filename=self.wire.mask(file.filename)) for file in files)

    def resolve(self, model: str) -> str:
        """The model's name, matched ignoring case; an unknown name is sent unchanged."""
        asked = model or self.endpoint.model or self.default_model
        names = {name.lower(): name for name in self.models}
        aliases = {alias.lower(): target for alias, target in self.model_aliases.items()}
        return aliases.get(asked.lower()) or names.get(asked.lower()) or asked

    @property
    def is_signed_in(self) -> bool:
        return sign_in.is_signed_in(self.endpoint)

    def check_key(self) -> None:
        super().check_key()
        sign_in.check_address(self.endpoint, self.base)

    def trust(self, host: str) -> tuple[str, ...]:
        return roots_for_gigachat(host)

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        return api_refusal(status, headers, body)

    async def _turn(self, lock: TokenLock) -> AsyncGenerator[Event]:
        if lock.enter():
            return
        if not self.endpoint.wait:
            raise RateLimited(
                msg("another llmchat is using this key, which has one stream at a time"),
                hint=msg("wait until it has finished, or omit --no-wait"),
            )
        yield Notice(WAITING)
        while not lock.enter():  # noqa: ASYNC110 - the other one is another process
            await asyncio.sleep(TURN_PAUSE)

    async def _answer(self, request: Request) -> Events:
        """The text as it comes, then the files that belong to it, then the end."""
        stream, end = frames_of(request), None
        async with aclosing(self._words(request, stream)) as events:
            async for event in events:
                if isinstance(event, Finish):
                    end = event
                else:
                    yield event
        for tag in stream.files:
            async with aclosing(self.storage.fetch(tag)) as events:
                async for event in events:
                    yield event
            self._used.add(tag.id)  # if downloading failed, it stays as the only copy
        if end:
            yield end

    async def _words(self, request: Request, stream: Frames) -> Events:
        body = payload(request, self.storage.ids, pictures=self.endpoint.pictures)
        headers = {"Accept": "text/event-stream" if request.stream else "application/json"}
        if request.session:
            headers["X-Session-ID"] = request.session  # for the service's prompt cache
        async with self._api.call("POST", "/chat/completions", headers=headers, json=body) as reply:
            stream.request_id = reply.headers.get("x-request-id", "")
            reader = EitherReader(stream, WholeReader(stream, reply.content_type))
            async with aclosing(read(reply, reader)) as events:
                async for event in events:
                    yield event

    async def _tidy(self, attached: Iterable[Attachment]) -> str:
        """Deletes the files that an answer needed, if none are to stay in the account."""
        if self.endpoint.files_keep:
            return ""
        sent = {self.storage.ids.get(content_id(a), "") for a in attached}
        files, self._used = self._used | (sent - {""}), set()
        return await self.storage.tidy(sorted(files))

    def _about_files(self, error: LlmchatError, attached: Iterable[Attachment]) -> LlmchatError:
        """Adds to a refused request that its files may be the reason; a refused upload says so
        itself."""
        sent = [content_id(a) for a in attached]
        if not self.storage.ids.keys() >= set(sent):
            return error
        if error.status == 422 and any(map(is_document, attached)):
            error.hint = msg(
                "the document may exceed the context window; otherwise check -m and -o"
            )
        if error.status != 403 or not sent:
            return error
        for file in attached:
            self.storage.forget(file)
        return denied(error, msg("GigaChat does not give the file to the model"), hint=UPLOAD_AGAIN)

    async def _with_names(self, error: UnknownModel, model: str) -> UnknownModel:
        """Adds the names of similar models in the account, if the address lists any."""
        try:
            names = [known.id for known in await self.list_models()]
        except UnknownModel:
            return error
        except LlmchatError:
            names = list(self.models)
        better = unknown_model(self.id, model, names)
        if model in self.models:
            better.hint = where_models_are(self.base, model, names)
        better.request_id, better.status = error.request_id, error.status
        return better
