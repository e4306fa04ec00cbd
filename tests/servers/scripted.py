"""A server on this machine that sends, byte for byte and piece by piece, what a test wrote down."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

JSON, SSE, TEXT, HTML = "application/json", "text/event-stream", "text/plain", "text/html"
# The end of a test's loop cancels whoever still waits; that is no error.
GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError)


@dataclass(frozen=True)
class Asked:
    """A request as it came over the socket."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visit:
    """A connection, controlled by a script."""

    asked: Asked
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause)

    def reset(self) -> None:
        """Ends the connection with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hung_up(self) -> None:
        """Returns when the client has closed its side."""
        with suppress(*GONE):
            await self.reader.read()


Script = Callable[[Visit], Awaitable[None]]


@dataclass
class Server:
    port: int
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0  # connections whose client has not hung up

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    async def until_closed(self) -> None:
        """Returns when no connection is open any more."""
        async with asyncio.timeout(60):
            while self.open:  # noqa: ASYNC110  # a counter is plainer than an event for each
                await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(
    script: Script, *, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Server]:
    """Runs `script` for each request, and closes the connection if the script did not."""
    server = Server(0, "https" if tls else "http")

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        with suppress(*GONE):
            asked = await read_request(reader)
            server.asked.append(asked)
            await script(Visit(asked, reader, writer))
        with suppress(*GONE):
            writer.close()
            await writer.wait_closed()
        server.open -= 1

    listening = await asyncio.start_server(visit, "127.0.0.1", port, ssl=tls, limit=2**20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


async def read_request(reader: asyncio.StreamReader) -> Asked:
    top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = top.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)


def head(
    status: int = 200, content_type: str = SSE, /, *, version: str = "1.1", **headers: str | int
) -> bytes:
    """A status line and headers; `content_length=5` becomes `content-length: 5`."""
    lines = [f"HTTP/{version} {status} Whatever"]
    lines += [f"content-type: {content_type}"] if content_type else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(
    body: bytes | str | Mapping[str, Any],
    content_type: str = "",
    /,
    *,
    status: int = 200,
    **headers: str | int,
) -> bytes:
    """A complete reply with its length; a mapping becomes JSON."""
    if isinstance(body, Mapping):
        body, content_type = json.dumps(body), content_type or JSON
    data = body.encode() if isinstance(body, str) else body
    headers = {"content_length": len(data), **headers}
    return head(status, content_type or SSE, **headers) + data  # type: ignore[arg-type]  # no version


def chunked(pieces: Iterable[bytes], *, ended: bool = True) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    return body + (b"0\r\n\r\n" if ended else b"")


def always(reply: bytes) -> Script:
    """The same complete reply to every request."""

    async def script(visit: Visit) -> None:
        await visit.send(reply)

    return script


def in_turn(*replies: bytes) -> Script:
    """One reply after the other; the last one is repeated."""
    left = list(replies)

    async def script(visit: Visit) -> None:
        await visit.send(left.pop(0) if len(left) > 1 else left[0])

    return script
