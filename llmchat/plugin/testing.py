"""Tests that a plugin's provider keeps the contract of a stream.

    from llmchat.plugin import Sample
    from llmchat.plugin.testing import assert_conforms

    def test_conformance() -> None:
        assert_conforms(Parrot, Sample(b'{"text": "Hi"}', "Hi"))

A provider with a class attribute `sample` is also tested by `llmchat plugins check`. The sample is
one correct reply of the service: the provider is tested with it whole, byte by byte and cut at
every byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import get_args

from llmchat.errors import LlmchatError
from llmchat.plugin import Sample
from llmchat.providers.base import Access, Provider
from llmchat.transport.http import httpx
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning, Stage, Usage
from llmchat.values.messages import Message, Request
from llmchat.values.secret import Secret

PATIENCE = 30.0  # seconds for one answer
PIECES = (Delta, Reasoning, Notice, Stage, Usage, Finish)
REFUSALS = {401: 4, 429: 7, 500: 8}  # HTTP status: expected exit code


@dataclass
class Heard:
    """The result of one question."""

    events: list[Event] = field(default_factory=list)
    error: LlmchatError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))


def assert_conforms(kind: type[Provider], sample: Sample | None = None) -> None:
    """Raises AssertionError with one line for each breach of the contract."""
    found = breaches(kind, sample)
    assert not found, "\n".join(found)


def breaches(kind: type[Provider], sample: Sample | None = None) -> list[str]:
    """What `kind` does wrong, one line each; empty if it conforms."""
    sample = sample or getattr(kind, "sample", None)
    return asyncio.run(_breaches(kind, sample))


async def _breaches(kind: type[Provider], sample: Sample | None) -> list[str]:
    found = list(_undeclared(kind))
    if found:
        return found
    if kind.access == "offline":
        heard = await _ask(kind, None)
        return list(_broken(heard, None, "asked"))
    if sample is None:
        return ["there is no sample of a reply: give its class a `sample`"]
    return [line async for line in _over_the_network(kind, sample)]


def _undeclared(kind: type[Provider]) -> Iterator[str]:
    for name in ("name", "label", "url", "access"):
        if not isinstance(getattr(kind, name, None), str):
            yield f"the class does not say its {name}"
    if getattr(kind, "access", None) not in get_args(Access):
        yield f"access must be one of {', '.join(get_args(Access))}"
    elif kind.access == "keyless" and not kind.operator:
        yield "a keyless service has to say its operator: who reads what is sent"
    missing = [name for name in kind.model_aliases.values() if name not in kind.models]
    if missing:
        yield f"model_aliases mean models that are not listed: {', '.join(missing)}"


async def _over_the_network(kind: type[Provider], sample: Sample) -> AsyncIterator[str]:
    body = sample.body
    bytewise = [body[i : i + 1] for i in range(len(body))]
    for name, pieces in (("whole", [body]), ("in single bytes", bytewise)):
        wire = FakeWire(pieces, sample.content_type)
        for line in _broken(await _ask(kind, wire), sample, name):
            yield line
        if not all(stream.closed for stream in wire.bodies):
            yield f"{name}: the body of the reply is left open"
    for line in await _cut(kind, sample):
        yield line
    if sample.marked:
        heard = await _ask(kind, FakeWire([b"<html>Maintenance</html>"], "text/html"))
        if heard.error is None:
            yield f"an HTML page passes as the answer {heard.text!r}"
    for status, code in REFUSALS.items():
        heard = await _ask(kind, FakeWire([b"{}"], "application/json", status=status))
        if heard.error is None or heard.error.exit_code != code:
            said = heard.error.message if heard.error else f"the answer {heard.text!r}"
            yield f"status {status} is not told as one (await self.refuse(reply)): {said}"


async def _cut(kind: type[Provider], sample: Sample) -> list[str]:
    """The first place at which a cut reply is taken for a complete answer."""
    for error in (None, httpx.RemoteProtocolError("peer closed connection")):
        for cut in range(len(sample.body)):
            heard = await _ask(
                kind, FakeWire([sample.body[:cut]], sample.content_type, error=error)
            )
            whole = heard.text == sample.text or (not sample.marked and error is None)
            if heard.error is None and not whole:
                return [f"cut after {cut} bytes, {heard.text!r} passes as the whole answer"]
            if not sample.text.startswith(heard.text):
                return [f"cut after {cut} bytes, the text is {heard.text!r}"]
    return []


def _broken(heard: Heard, sample: Sample | None, name: str) -> Iterator[str]:
    """Breaches of: at most one Usage, and exactly one Finish, last."""
    if heard.error is not None:
        yield f"{name}: {type(heard.error).__name__}: {heard.error.message}"
        return
    if sample and heard.text != sample.text:
        yield f"{name}: the text is {heard.text!r} and not {sample.text!r}"
    kinds = [type(event) for event in heard.events]
    if kinds.count(Finish) != 1 or kinds[-1] is not Finish:
        yield f"{name}: exactly one Finish has to come, and last"
    if kinds.count(Usage) > 1:
        yield f"{name}: more than one Usage"
    for odd in {kind.__name__ for kind in kinds if kind not in PIECES}:
        yield f"{name}: {odd} is not a part of this answer"


async def _ask(kind: type[Provider], wire: FakeWire | None) -> Heard:
    heard = Heard()
    endpoint = Endpoint(retries=0, api_key=Secret("key-of-a-conformance-test"))
    request = Request(kind.default_model or "m", (Message("user", "Hi"),))
    try:
        async with (
            asyncio.timeout(PATIENCE),
            kind(endpoint, http=wire) as provider,
            aclosing(provider.stream(request)) as events,
        ):
            async for event in events:
                heard.events.append(event)
    except LlmchatError as error:
        heard.error = error
    except TimeoutError:
        heard.error = LlmchatError(f"no end after {PATIENCE:g} s")
    except Exception as error:
        heard.error = LlmchatError(f"{type(error).__name__}: {error}")
    return heard


class FakeBody(httpx.AsyncByteStream):
    """A body in pieces, ending with an error if one is given."""

    def __init__(self, pieces: Sequence[bytes], error: Exception | None) -> None:
        self.closed = False
        self._pieces, self._error = pieces, error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._error:
            raise self._error

    async def aclose(self) -> None:
        self.closed = True


class FakeWire(httpx.AsyncBaseTransport):
    """A network that answers every request in the same way."""

    def __init__(
        self,
        pieces: Sequence[bytes],
        content_type: str,
        *,
        status: int = 200,
        error: Exception | None = None,
    ) -> None:
        self.bodies: list[FakeBody] = []
        self._pieces, self._error, self._status = pieces, error, status
        self._headers = {"content-type": content_type}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.bodies.append(FakeBody(self._pieces, self._error))
        return httpx.Response(self._status, headers=self._headers, stream=self.bodies[-1])
