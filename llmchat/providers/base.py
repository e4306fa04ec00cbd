"""The base class of providers: what a provider declares, and how a request becomes a stream.

A provider combines three parts, which appear in its file in this order: `payload(request)`, pure; a
reader, which turns the bytes of a reply into events without I/O; and the class, whose `exchange`
sends the payload and reads the reply. Everything else (deadlines, the contract, retries,
flattening, the Python interface) is written once, here.

Why: docs/decisions/0017-keyless-refusals.md.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from llmchat.errors import (
    BadRequest,
    Blocked,
    EmptyPrompt,
    LlmchatError,
    MissingAuthError,
    Unavailable,
    UnknownModel,
    UsageError,
)
from llmchat.language import msg, some
from llmchat.providers.reading import Reader as Reader  # re-exported for authors of providers
from llmchat.providers.reading import read as read
from llmchat.providers.stages import Events, enforce_contract, with_deadlines, with_retries
from llmchat.providers.unknown_names import unknown_model
from llmchat.transport import Reply, Wire
from llmchat.transport.errors.status import refusal
from llmchat.transport.http import httpx
from llmchat.transport.reusable_timeout import NEVER
from llmchat.values.endpoint import ClientCertificate, Endpoint
from llmchat.values.events import Notice
from llmchat.values.messages import OF_ANSWERS, Message, Request, fold_system, format_prompt
from llmchat.values.secret import Mask
from llmchat.values.urls import origin_of

if TYPE_CHECKING:
    from llmchat.providers.formats.vectors import Vectors
    from llmchat.providers.keywords import ServiceConversation, Yielded
    from llmchat.values.answer_schema import SchemaWay

Access = Literal["key", "keyless", "local", "offline"]
MOVED = msg("use another provider (llmchat models), or set base_url to its new address")
TOOLS_ELSEWHERE = msg(
    "ask without tools, or use gigachat, a preset or a local server (llmchat models)"
)
ELSEWHERE = msg("try another network or --proxy, or use another provider (llmchat models)")


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a service lists it."""

    id: str
    context: int | None = None
    note: str = ""

    def masked(self, mask: Mask) -> Model:
        return replace(self, id=mask(self.id), note=mask(self.note))


class Provider:
    """The base of providers. `working` and the capabilities must be true, because they decide what
    is sent."""

    name: ClassVar[str]
    label: str
    url: ClassVar[str]
    base_url: ClassVar[str] = ""
    access: Access
    operator: ClassVar[str] = ""  # who reads what is sent to a keyless service
    caveat: ClassVar[str] = ""  # what a person should know before choosing this provider
    working: ClassVar[bool] = True
    needs_auth: ClassVar[bool] = False
    supports_stream: ClassVar[bool] = True
    supports_system_message: ClassVar[bool] = True
    supports_message_history: ClassVar[bool] = True
    supports_tools: bool = False
    supports_schema: SchemaWay = ""  # how a schema is sent, besides being described in the question
    supports_images: bool = False
    default_model: ClassVar[str] = ""
    models: ClassVar[Sequence[str]] = ()
    model_aliases: ClassVar[Mapping[str, str]] = {}
    closed_models: ClassVar[bool] = False  # only listed models exist
    keeps_tokens: ClassVar[bool] = False  # tokens are bought with the key and stored between runs
    takes_options: ClassVar[bool] = True  # options are sent in the request's body
    # Empty: no option is reported as mistyped.
    known_options: ClassVar[frozenset[str]] = frozenset()
    thinking: str = ""  # how an effort is sent: a row of effort.DIALECTS

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        name: str = "",
        http: httpx.AsyncBaseTransport | None = None,
        tokens: object = None,
    ) -> None:
        self.endpoint = endpoint or Endpoint()
        self.id = name or self.name
        self.base = (self.endpoint.base_url or self.base_url).rstrip("/")
        self.asked_model = ""  # for an answer that ends before it names its model
        self.wire = Wire(self.endpoint, trust=self.trust, identify=self.identify, http=http)

    # What a provider defines

    async def exchange(self, request: Request) -> Events:
        """Sends one request and yields its events, without deadlines and retries."""
        raise TypeError(f"{type(self).__name__} does not say how it asks")
        yield

    async def list_models(self) -> tuple[Model, ...]:
        """The models that the service offers now; a closed list needs no request."""
        return tuple(Model(name) for name in self.models)

    async def embed(
        self, texts: Sequence[str], *, model: str = "", dimensions: int | None = None
    ) -> Vectors:
        """The embeddings of texts."""
        raise BadRequest(msg("{id} has no embeddings", id=self.id))

    async def check_credentials(self) -> None:
        """Raises AuthError for a wrong key, for services where `list_models` does not."""

    def trust(self, host: str) -> tuple[str, ...]:
        """Root certificates to trust for this host in addition to the usual ones."""
        return ()

    def identify(self, url: str) -> ClientCertificate | None:
        """The client certificate for a URL: it is used only for the service itself."""
        client = self.endpoint.client
        return client if client and origin_of(url) == origin_of(self.base) else None

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        """The error for a refused request, in this service's own terms."""
        error = refusal(status, headers, body)
        if status == 403 and self.access == "keyless" and not isinstance(error, Blocked):
            return Blocked(
                msg("{id} denied access ({message})", id=self.id, message=error.message),
                hint=ELSEWHERE,
            )
        # This service takes no model names.
        if isinstance(error, UnknownModel) and self.access == "keyless":
            return Unavailable(
                msg("{id} is no longer available ({message})", id=self.id, message=error.message),
                hint=MOVED,
            )
        return error

    # What every provider inherits

    async def stream(self, request: Request) -> Events:
        """The events of one answer, under the contract of `llmchat.values.events`."""
        ready = self.prepare(request)
        self.asked_model = ready.model
        for line in self.warnings(request, ready):
            yield Notice(line)
        if ready.schema and ready.schema.way != "words":
            from llmchat.providers.formats.structured import or_in_words  # only with a schema

            events = or_in_words(self._answered, self, ready)
        else:
            events = self._answered(ready)
        async with aclosing(events):
            async for event in events:
                yield event

    def _answered(self, ready: Request) -> Events:
        """Answers a request that `prepare` returned, with deadlines, the contract and retries."""
        deadlines = self.endpoint.deadlines
        end = NEVER if deadlines.total is None else get_running_loop().time() + deadlines.total
        return with_retries(
            lambda: enforce_contract(with_deadlines(self.exchange(ready), deadlines, end=end)),
            provider=self.id,
            times=self.endpoint.retries,
            end=end,
        )

    def warnings(self, asked: Request, ready: Request) -> Iterator[str]:
        """Warnings about options and files that are not sent or not known."""
        options = {**self.endpoint.options, **asked.options}
        if options and not self.takes_options:
            yield msg(
                "{id} does not take options; ignored: {options}",
                id=self.id,
                options=", ".join(options),
            )
        elif options:
            from llmchat.providers.unknown_names import mistyped  # only with options

            yield from mistyped(options, self.known_options)
        if line := self.effort_fields(ready.model, asked.effort)[1]:
            yield line
        files = [file.name for message in asked.messages for file in message.attachments]
        if files and self.access == "keyless":  # from earlier questions; new ones are refused
            names = some(files, most=3)
            yield msg("{id} does not take files; not sent: {names}", id=self.id, names=names)

    def effort_fields(self, model: str, level: str) -> tuple[Mapping[str, Any], str]:
        """The fields of the body for the wanted effort, and a notice if another level is used.
        Options take precedence."""
        level = level or self.endpoint.effort
        if not level:
            return {}, ""
        # Imports its tables only if an effort is set.
        from llmchat.providers.formats.effort import fields_for

        return fields_for(self.thinking, model, level, who=self.id)

    def prepare(self, request: Request) -> Request:
        """The request as this service accepts it: the real model, options, flattened history."""
        self.check_key()
        if request.schema:
            from llmchat.providers.formats.structured import told  # only with a schema

            request = told(request, self.supports_schema)
        messages = request.messages
        if not any(m.text.strip() or m.attachments for m in messages if m.role != "system"):
            raise EmptyPrompt(msg("no prompt given"), hint=msg('llmchat ask "your question"'))
        if request.tools and not self.supports_tools:
            raise UsageError(msg("{id} takes no tools", id=self.id), hint=TOOLS_ELSEWHERE)
        if not request.tools and any(m.calls or m.call for m in messages):
            # Few conversations have calls.
            from llmchat.providers.formats.tools.past_calls import in_words

            messages = in_words(messages)
        if not self.supports_system_message:
            messages = fold_system(messages)
        if not self.supports_message_history and len(messages) > 1:
            attached = tuple(a for m in messages if m.role == "user" for a in m.attachments)
            messages = (Message("user", format_prompt(messages), attached),)
        model = self.resolve(request.model)
        thinking, _ = self.effort_fields(model, request.effort)
        options = {**thinking, **self.endpoint.options, **request.options}
        options = options if self.takes_options else {}
        if request.tools:
            from llmchat.providers.formats.tools.names import check_options  # only with tools

            check_options(options)
        if request.unforced:
            from llmchat.providers.formats.tools.names import without_force  # only between calls

            options = without_force(options)
        if request.aside:
            options = {name: value for name, value in options.items() if name not in OF_ANSWERS}
        return replace(request, model=model, messages=messages, options=options)

    @property
    def is_signed_in(self) -> bool:
        """Whether there are any credentials."""
        return bool(self.endpoint.api_key)

    @property
    def one_stream(self) -> bool:
        """Whether the service allows only one question at a time; more would wait or be refused."""
        return self.access == "keyless"

    def check_key(self) -> None:
        if self.needs_auth and not self.is_signed_in:
            raise MissingAuthError(
                msg("you are not signed in to {label}", label=self.label),
                hint=msg("sign in with: llmchat auth {id}", id=self.id),
            )

    def resolve(self, model: str) -> str:
        """The model to request: the default, the target of an alias, or the name itself."""
        model = model or self.endpoint.model or self.default_model
        model = self.model_aliases.get(model, model)
        if self.closed_models and model not in self.models:
            raise unknown_model(self.id, model, self.models)
        return model

    async def refuse(self, reply: Reply) -> None:
        """Raises an error unless the status is a success."""
        if not 200 <= reply.status < 300:
            raise self.explain(reply.status, reply.headers, await reply.start())

    async def aclose(self) -> None:
        await self.wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # The Python interface

    @classmethod
    def open_conversation(
        cls, given: ServiceConversation | None, model: str, messages: Sequence[Mapping[str, Any]]
    ) -> ServiceConversation | None:
        """The service's own conversation object, if it has one."""
        return None

    @classmethod
    def create_async_generator(
        cls,
        model: str,
        messages: Sequence[Mapping[str, Any]],
        stream: bool = True,
        proxy: str | None = None,
        **options: Any,
    ) -> AsyncGenerator[Yielded, None]:
        """Yields the pieces of the answer as `str`, pictures as `Image`, then `FinishReason`."""
        # Only for programs that use the Python interface.
        from llmchat.providers.keywords import generated

        return generated(cls, model, messages, options, stream=stream, proxy=proxy)
