"""What the tests of the providers share: one question, and the way to ask it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from llmchat.errors import LlmchatError
from llmchat.providers import load
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning, Usage
from llmchat.values.messages import Message, Request
from llmchat.values.secret import Secret
from tests.servers.network import Answer, Network, body

KEY = Secret("c2VjcmV0LWlkOnNlY3JldC1rZXk=")  # has the form of a GigaChat key


@dataclass
class Heard:
    """What one stream yielded."""

    events: list[Event] = field(default_factory=list)
    error: LlmchatError | None = None
    network: Network | None = None

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Delta))

    @property
    def reasoning(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Reasoning))

    @property
    def finish(self) -> Finish | None:
        return next((e for e in self.events if isinstance(e, Finish)), None)

    @property
    def usage(self) -> Usage | None:
        return next((e for e in self.events if isinstance(e, Usage)), None)

    @property
    def requests(self) -> list[httpx.Request]:
        return self.network.requests if self.network else []

    def failed(self) -> LlmchatError:
        assert self.error is not None, f"it answered {self.text!r}"
        return self.error


class Asking:
    """`await ask(name, reply)`: asks a provider over a fake network."""

    key = KEY

    async def __call__(
        self,
        name: str,
        answer: Answer | httpx.Response | bytes | Sequence[bytes],
        *messages: Message,
        endpoint: Endpoint | None = None,
        content_type: str = "text/event-stream",
        **request: Any,
    ) -> Heard:
        network = Network(_answer(answer, content_type))
        return await self.over(network, name, *messages, endpoint=endpoint, **request)

    async def over(
        self,
        network: Network | None,
        name: str,
        *messages: Message,
        endpoint: Endpoint | None = None,
        **request: Any,
    ) -> Heard:
        heard = Heard(network=network)
        settings = endpoint or Endpoint(retries=0)
        if not settings.api_key:
            settings = replace(settings, api_key=KEY)
        asked = Request(
            model=request.pop("model", ""),
            messages=messages or (Message("user", "Hi"),),
            **request,
        )
        try:
            async with (
                load(name)(settings, name=name, http=network) as provider,
                aclosing(provider.stream(asked)) as events,
            ):
                async for event in events:
                    heard.events.append(event)
        except LlmchatError as error:
            heard.error = error
        return heard


def question(model: str = "", effort: str = "") -> Request:
    return Request(model, (Message("user", "Hi"),), effort=effort)


def told(heard: Heard) -> str:
    """What the person reads on stderr besides the answer."""
    return " ".join(event.text for event in heard.events if isinstance(event, Notice))


def _answer(answer: Answer | httpx.Response | bytes | Sequence[bytes], kind: str) -> Answer:
    if isinstance(answer, httpx.Response):
        return lambda asked: answer
    if isinstance(answer, bytes):
        return lambda asked: body([answer], kind)
    if isinstance(answer, list | tuple):
        return lambda asked: body(answer, kind)
    assert callable(answer)
    return answer


@pytest.fixture
def ask() -> Asking:
    return Asking()
