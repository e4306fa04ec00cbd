"""The Python interface: converts its keywords (`api_key`, `base_url`, ...) into an `Endpoint`, and
events into what it yields."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from llmchat.errors import MissingAuthError, UsageError
from llmchat.language import msg
from llmchat.values.endpoint import ClientCertificate, Deadlines, Endpoint, Proxies
from llmchat.values.events import Delta, Finish, Image
from llmchat.values.messages import Request, from_dicts
from llmchat.values.secret import Secret

if TYPE_CHECKING:
    from llmchat.providers.base import Provider

PLAIN_KEYWORDS = (
    *("base_url", "auth_url", "scope", "ca_bundle", "headers"),
    *("allow_http", "retries", "files_keep", "pictures"),
)
ENDPOINT_KEYWORDS = frozenset(
    {"api_key", "access_token", "client_cert", "client_key", "client_key_password"}
    | {"timeout", "connect_timeout", "first_token_timeout", "stall_timeout", "content_timeout"}
    | {*PLAIN_KEYWORDS}
)


@dataclass(frozen=True, slots=True)
class FinishReason:
    """How the answer ended; the last thing that `create_async_generator` yields."""

    reason: str

    def __str__(self) -> str:
        """Empty, so that a caller who prints everything yielded prints only the answer."""
        return ""


class ServiceConversation(Protocol):
    """A service's own type of conversation, which is returned to the caller."""

    userId: str  # part of the Python interface
    message_history: list[dict[str, Any]]
    model: str

    def remember(self, answer: str) -> None: ...


Yielded = str | Image | FinishReason | ServiceConversation


async def generated(
    kind: type[Provider],
    model: str,
    messages: Sequence[Mapping[str, Any]],
    options: dict[str, Any],
    *,
    stream: bool,
    proxy: str | None,
) -> AsyncGenerator[Yielded, None]:
    _check_messages(messages)
    given = options.pop("conversation", None)
    conversation_wanted = options.pop("return_conversation", False)
    conversation = kind.open_conversation(given, model, messages)
    if conversation:
        _check_messages(conversation.message_history)
    request = Request(
        model=model or "",
        messages=from_dicts(conversation.message_history if conversation else messages),
        session=conversation.userId if conversation else "",
        stream=stream,
        options={k: v for k, v in options.items() if k not in ENDPOINT_KEYWORDS},
    )
    keep = conversation if conversation_wanted else None
    said: list[str] = []
    provider = kind(endpoint_of(options, proxy))
    _check_keyword(provider)
    async with provider, aclosing(provider.stream(request)) as events:
        async for event in events:
            if isinstance(event, Delta):
                if keep:
                    said.append(event.text)
                yield event.text
            elif isinstance(event, Image):
                yield event
            elif isinstance(event, Finish):
                if keep:
                    keep.remember("".join(said))
                    yield keep
                yield FinishReason(event.reason)


def _check_messages(messages: Sequence[object]) -> None:
    for number, message in enumerate(messages, 1):
        if not isinstance(message, Mapping) or "role" not in message:
            raise UsageError(
                msg("message {number} has no role", number=number),
                hint=msg('pass "role" and "content" with each message'),
            )
        content = message.get("content")
        if isinstance(content, list) and not all(isinstance(part, Mapping) for part in content):
            raise UsageError(
                msg("message {number} has a part that is not a dict", number=number),
                hint=msg('pass "type" and "text" with each part'),
            )


def _check_keyword(provider: Provider) -> None:
    """Raises an error that names the missing argument, because a program cannot use `llmchat
    auth`."""
    try:
        provider.check_key()
    except MissingAuthError as error:
        message = msg('Missing "api_key" for {id}', id=provider.id)
        raise MissingAuthError(message, hint=msg('pass api_key="..."')) from error


def endpoint_of(options: Mapping[str, Any], proxy: str | None) -> Endpoint:
    """The endpoint described by the keywords; the environment is not used."""
    return Endpoint(
        **{name: options[name] for name in PLAIN_KEYWORDS if options.get(name) is not None},
        api_key=_secret(options.get("api_key")),
        access_token=_secret(options.get("access_token")),
        client=_client(options),
        proxies=Proxies(explicit=proxy or ""),
        deadlines=_deadlines(options),
    )


def _secret(given: Any) -> Secret | None:
    return given if isinstance(given, Secret) or not given else Secret(str(given))


def _client(options: Mapping[str, Any]) -> ClientCertificate | None:
    certificate = str(options.get("client_cert") or "")
    key, password = str(options.get("client_key") or ""), options.get("client_key_password")
    return ClientCertificate(certificate, key, _secret(password)) if certificate else None


def _deadlines(options: Mapping[str, Any]) -> Deadlines:
    names = {"timeout": "total"} | {
        f"{name}_timeout": name for name in ("connect", "first_token", "stall", "content")
    }
    return Deadlines(
        **{field: float(options[k]) for k, field in names.items() if options.get(k) is not None}
    )
