"""OpenAI and all OpenAI-compatible services; their differences are the rows of `presets`.

Why: docs/decisions/0175-a-silent-stream-is-asked-again.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from llmchat.errors import (
    AuthError,
    ConfigError,
    EmptyAnswer,
    LlmchatError,
    ServiceError,
    UnknownModel,
)
from llmchat.language import msg
from llmchat.providers.base import Access, Model, Provider, read
from llmchat.providers.formats.chat_frames import ChatReader, WholeReader
from llmchat.providers.formats.codes import explained
from llmchat.providers.formats.readers import EitherReader, json_object, whole_number
from llmchat.providers.presets import PRESETS, Preset
from llmchat.providers.stages import Events
from llmchat.transport.errors.status import unexpected
from llmchat.values.endpoint import Endpoint, reached_directly
from llmchat.values.events import Finish, Image, Notice
from llmchat.values.messages import Attachment, Message, Request
from llmchat.values.urls import masked_url

if TYPE_CHECKING:
    from llmchat.providers.formats.tools.call_reader import CallReader
    from llmchat.providers.formats.vectors import Vectors
    from llmchat.values.answer_schema import SchemaWay

OPTIONS = frozenset((  # of a request's body: OpenAI's, then those of several other services
    "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens",
    "metadata", "modalities", "n", "parallel_tool_calls", "prediction", "presence_penalty",
    "prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier", "seed",
    "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice",
    "tools", "top_logprobs", "top_p", "user", "verbosity",
    "cache_prompt", "chat_template_kwargs", "enable_thinking", "include_reasoning", "keep_alive",
    "min_p", "min_tokens", "prompt_cache_key", "provider", "reasoning", "reasoning_format",
    "repeat_penalty", "repetition_penalty", "safe_prompt", "thinking", "thinking_budget",
    "tool_stream", "top_k", "typical_p", "web_search_options",
))  # fmt: skip
OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls", "tool_stream")
LENGTH_FIELDS = ("max_tokens", "max_completion_tokens")

SILENT = msg(
    "check the server's log; if the question is longer than its context window, shorten it"
)
DREW = "drew"  # a key in an answer's memory: the provider that drew its pictures


def payload(request: Request, preset: Preset, *, provider: str = "") -> dict[str, Any]:
    """The body for this service; an option of None removes a field. Pictures are sent back only to
    the `provider` that drew them."""
    said = tuple(with_pictures(request.messages, provider))
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(m) for m in said],
        "stream": request.stream,
    }
    if request.tools:
        from llmchat.providers.formats.tools import tool_format  # few questions use tools

        written = tool_format.wire_messages(
            said, request.tools, preset, provider=provider, plain=_message
        )
        body |= {"messages": list(written), **tool_format.tool_fields(request, preset)}
    if request.stream and preset.asks_usage:
        body["stream_options"] = {"include_usage": True}
    if request.schema:
        from llmchat.providers.formats.structured import field_for  # only with a schema

        body.update(field_for(request.schema))
    body.update(request.options)
    for name in LENGTH_FIELDS:
        if name in body and preset.length_field not in body:
            body[preset.length_field] = body.pop(name)
    if not body.get("tools"):  # without tools these fields are errors
        body = {name: value for name, value in body.items() if name not in OF_TOOLS}
    elif preset.tool_choice == "auto" and "tool_choice" in body:
        body["tool_choice"] = "auto"
    if not preset.thinks_after_calls and any(m.calls for m in said):
        body.pop("thinking", None)
    return {name: value for name, value in body.items() if value is not None}


def with_pictures(messages: Sequence[Message], provider: str) -> Iterator[Message]:
    """Attaches a drawn picture to the next question, because only questions have files, so that the
    picture can be changed. Pictures of other services are left out."""
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
    from llmchat.providers.formats.media import content_part  # few questions have files

    parts = [{"type": "text", "text": message.text}] if message.text else []
    return {"role": message.role, "content": parts + list(map(content_part, message.attachments))}


class OpenAI(Provider):
    name = "openai"
    label = "OpenAI"
    url = "https://platform.openai.com"
    base_url = PRESETS["openai"].base_url
    api_endpoint: ClassVar[str] = "https://api.openai.com/v1/chat/completions"
    access: Access = "key"
    needs_auth = True
    known_options = OPTIONS
    supports_tools = True
    supports_schema: SchemaWay = "json_schema"
    supports_images = True

    def __init__(self, endpoint: Endpoint | None = None, *, name: str = "", **more: Any) -> None:
        endpoint = endpoint or Endpoint()
        own = Preset(name, "", access="local", thinking="usual")  # a server that the user named
        preset = PRESETS.get(name or self.name, own)
        base = (endpoint.base_url or preset.address(endpoint.region)).rstrip("/")
        if preset.access == "local":
            endpoint = reached_directly(endpoint, base)
        super().__init__(endpoint, name=name, **more)
        self.base = base
        self.preset = preset
        self.label = preset.label
        self.access = preset.access
        self.thinking = preset.thinking
        self.supports_tools = preset.tools
        self.supports_schema = preset.schema
        self.supports_images = preset.images

    def check_key(self) -> None:
        """Raises an error if the preset's own address needs a key and there is none; other
        addresses may need none."""
        if self.preset.access == "key" and not self.endpoint.base_url:
            super().check_key()

    def resolve(self, model: str) -> str:
        return super().resolve(model) or self.preset.model

    async def exchange(self, request: Request) -> Events:
        """Sends the request. A local server that fails often ends its stream silently; then the
        whole answer is requested, to get the reason."""
        try:
            async with aclosing(self._answer(request)) as events:
                async for event in events:
                    yield event
            return
        except EmptyAnswer as error:
            if self.access != "local":
                raise
            error.hint = SILENT
            if not request.stream:
                raise
        yield Notice(msg("the server sent nothing; asking again for the whole answer at once"))
        async with aclosing(self.exchange(replace(request, stream=False))) as events:
            async for event in events:
                yield event

    async def _answer(self, request: Request) -> Events:
        body = payload(request, self.preset, provider=self.id)
        body["model"] = self.asked_model = body.get("model") or await self._first_model()
        headers = {"Accept": "text/event-stream" if request.stream else "application/json"}
        url = f"{self.base}/chat/completions"
        send = self.wire.send("POST", url, headers=self._headers(headers), json=body)
        async with send as reply:
            await self.refuse(reply)
            request_id = reply.headers.get("x-request-id", "")
            calls = _call_reader(request)
            stream = ChatReader(body["model"], request_id=request_id, calls=calls)
            reader = EitherReader(stream, WholeReader(stream, reply.content_type))
            drew = False
            async with aclosing(read(reply, reader)) as events:
                async for event in events:
                    drew = drew or isinstance(event, Image)
                    if isinstance(event, Finish) and (memory := self._memory(drew, calls)):
                        kept = {name: reply.mask(value) for name, value in memory.items()}
                        event = replace(event, memory=kept)
                    yield event

    async def list_models(self) -> tuple[Model, ...]:
        self.check_key()
        async with self.wire.send("GET", f"{self.base}/models", headers=self._headers()) as reply:
            await self.refuse(reply)
            models = models_in(await reply.whole(), reply.content_type)
            return tuple(model.masked(reply.mask) for model in models)

    async def embed(
        self, texts: Sequence[str], *, model: str = "", dimensions: int | None = None
    ) -> Vectors:
        from llmchat.providers.formats import vectors  # only for embeddings

        self.check_key()
        body: dict[str, Any] = {"model": model or self.endpoint.model, "input": list(texts)}
        if dimensions:
            body["dimensions"] = dimensions
        url = f"{self.base}/embeddings"
        async with (
            vectors.in_time(self.endpoint.deadlines.first_token),
            self.wire.send("POST", url, headers=self._headers(), json=body) as reply,
        ):
            await self.refuse(reply)
            return vectors.vectors_in(await reply.whole(vectors.LARGEST), len(texts))

    async def check_credentials(self) -> None:
        """Requests an address that needs a key, for services whose list of models does not."""
        if self.preset.key_check == "/models":
            return
        url = f"{self.base}{self.preset.key_check}"
        async with self.wire.send("GET", url, headers=self._headers()) as reply:
            await self.refuse(reply)

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        error = explained(status, headers, body, hints=self.preset.hints)
        if isinstance(error, AuthError):
            another = msg("to enter another key: llmchat auth {id}", id=self.id)
            first = msg("to enter a key: llmchat auth {id}", id=self.id)
            error.hint = another if self.endpoint.api_key else first
        of_wrong_path = {404: UnknownModel, 405: ServiceError}.get(status)
        own_address = bool(self.endpoint.base_url)
        if own_address and type(error) is of_wrong_path and b"model" not in body:
            return ConfigError(
                msg(
                    "no chat API at {base} ({message})",
                    base=masked_url(self.base),
                    message=error.message,
                ),
                hint=msg("check base_url of {id}: most API addresses end in /v1", id=self.id),
                request_id=error.request_id,
                status=status,
            )
        return error

    def _headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", **self.preset.headers}
        if self.access == "local":  # it also drops the connection when it fails
            headers["Connection"] = "close"
        if key := self.endpoint.api_key:
            headers["Authorization"] = f"Bearer {key.reveal()}"
            if self.preset.key_header:
                headers[self.preset.key_header] = key.reveal()
        return {**headers, **(more or {})}

    def _memory(self, drew: bool, calls: CallReader | None) -> dict[str, str]:
        """What this service, and no other, needs back with its answer."""
        memory = {DREW: self.id} if drew else {}
        if calls is not None:
            from llmchat.providers.formats.tools.tool_format import (
                call_memory,  # few answers have any
            )

            memory |= call_memory(calls, self.id)
        return memory

    async def _first_model(self) -> str:
        try:
            models = await self.list_models()
        except ConfigError as error:
            if error.status:  # an address may have chat but no list
                error.hint = msg(
                    "{hint}; for a server without a list of models: -m MODEL", hint=error.hint
                )
            raise
        if not models:
            raise UnknownModel(
                msg("{id} does not list any models", id=self.id),
                hint=msg("load a model on the server, or name one with -m MODEL"),
            )
        return models[0].id


def _call_reader(request: Request) -> CallReader | None:
    if not request.tools:
        return None
    from llmchat.providers.formats.tools.call_reader import CallReader  # few questions use tools
    from llmchat.providers.formats.tools.tool_format import names_of

    return CallReader(names_of(request.tools))


WINDOW_FIELDS = (
    "loaded_context_length",
    "n_ctx",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "inputTokenLimit",
    "n_ctx_train",
)


LARGEST_WINDOW = 10**12  # tokens; a larger number is an error of the service
MOST_MODELS = 10_000  # in a list; drawing more would take half a minute


def models_in(body: bytes, content_type: str) -> tuple[Model, ...]:
    """The models in a reply to `GET /models`."""
    data = json_object(body if body.lstrip()[:1] != b"[" else b'{"data":' + body + b"}")
    rows = data.get("data") if data else None
    if not isinstance(rows, list):
        raise unexpected(msg("cannot read the model list"), body, content_type)
    named = (row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str))
    return tuple(Model(row["id"], context=_context(row)) for row in islice(named, MOST_MODELS))


def _context(row: Mapping[str, Any]) -> int | None:
    """The context window: what the server has loaded, else the model's maximum."""
    meta = row.get("meta")
    places = (row, meta) if isinstance(meta, Mapping) else (row,)
    sizes = (whole_number(place.get(name)) for name in WINDOW_FIELDS for place in places)
    return next((size for size in sizes if size and 0 < size <= LARGEST_WINDOW), None)
