"""A fake network: httpx transports for tests that need bytes and no sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from tests.servers.scripted import Asked


@dataclass
class Pieces(httpx.AsyncByteStream):
    """A body in pieces, and the error that ends it, if one does."""

    pieces: Sequence[bytes]
    error: Exception | None = None
    closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.error:
            raise self.error

    async def aclose(self) -> None:
        self.closed = True


Answer = Callable[[Asked], httpx.Response]


@dataclass
class Network(httpx.AsyncBaseTransport):
    """Answers every request by a function, and remembers the requests and the bodies."""

    answer: Answer
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[Pieces] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        headers = {k.lower(): v for k, v in request.headers.items()}
        asked = Asked(request.method, request.url.raw_path.decode(), headers, await request.aread())
        response = self.answer(asked)
        if isinstance(response.stream, Pieces):
            self.bodies.append(response.stream)
        return response


def body(
    pieces: Sequence[bytes],
    content_type: str = "text/event-stream",
    *,
    status: int = 200,
    error: Exception | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> httpx.Response:
    kind = [("content-type", content_type)] if content_type else []
    return httpx.Response(status, headers=[*kind, *headers], stream=Pieces(pieces, error))
