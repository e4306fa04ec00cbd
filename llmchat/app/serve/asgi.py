"""Helpers for ASGI: complete responses, a bounded body, and work that ends when its client
leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

from llmchat.app.serve.refusals import Headers, encoded, error_body, error_headers, status_of
from llmchat.errors import LlmchatError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGE_BODY = 1000 * 1000
LARGEST_BODY = 20 * 1000 * 1000
MOST_SKIPPED = 4 * LARGEST_BODY
LONGEST_SKIP = 1.0  # seconds
IDLE = 60.0  # seconds without any data of a body


class TooLarge(Exception):
    """A body is larger than `LARGEST_BODY`."""


class Gone(Exception):
    """The client left before its request was complete."""


class TooSlow(Exception):
    """The rest of a request's body did not arrive in time."""


async def read_body(receive: Receive, idle: float) -> bytes:
    body = bytearray()
    while True:
        try:
            async with asyncio.timeout(idle):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)


async def skip_body(receive: Receive) -> None:
    """Reads the rest of a refused body, because a client that is still sending when the connection
    closes does not read the reason."""
    skipped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SKIP):
            while skipped < MOST_SKIPPED:
                message = await receive()
                skipped += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


async def send_json(send: Send, status: int, value: object, headers: Headers | None = None) -> None:
    await send_whole(send, status, encoded(value), b"application/json", headers)


async def send_error(send: Send, error: LlmchatError) -> None:
    await send_json(send, status_of(error), error_body(error), error_headers(error))
    error.let_go()


async def send_whole(
    send: Send, status: int, body: bytes, kind: bytes, headers: Headers | None = None
) -> None:
    fields = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [*fields, *(headers or [])],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def until_gone(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Runs `work`, and cancels it when the client disconnects."""
    task = asyncio.ensure_future(work)
    watcher = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for other in (task, watcher):
            other.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.gather(task, watcher, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
