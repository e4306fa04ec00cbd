"""An OpenAI-compatible server for many clients at once: it keeps connections open, counts them, and
refuses, stalls or cuts as a test tells it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

Deed = Literal[
    "ok", "429", "500", "401", "400", "quota", "stall", "cut", "hold", "silent", "no", "long"
]
Deeds = Callable[[str, int], Deed]  # the prompt, and how often it was asked: 1 at first
GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
REFUSALS = {
    "429": (429, "rate_limit_exceeded"),
    "500": (500, "server_error"),
    "401": (401, "invalid_api_key"),
    "400": (400, "invalid_request"),
    "quota": (429, "insufficient_quota"),
    "long": (400, "context_length_exceeded"),
}


def always_ok(prompt: str, times: int) -> Deed:
    return "ok"


class Crowd:
    """`reply` is the answer to each prompt, `retry_after` is sent with each 429; a held request is
    answered when `release` is set, or when `gathers` requests are open at once."""

    def __init__(
        self,
        deeds: Deeds = always_ok,
        *,
        reply: Callable[[str], str] = "answer to {}".format,
        retry_after: str = "",
        pause: float = 0.0,
        gathers: int = 0,
        page: str = "",
    ) -> None:
        self._deeds, self._reply, self._retry_after = deeds, reply, retry_after
        self._pause = pause
        self._gathers = gathers
        self._page = page  # what a GET is answered
        self.pages_read = 0
        self.port = 0
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []  # of the loop, when each request came
        self.open = 0
        self.most_open = 0
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def running(self) -> Iterator[Crowd]:
        """Runs it in a separate thread."""
        loop, ready = asyncio.new_event_loop(), threading.Event()
        thread = threading.Thread(target=self._serve, args=(loop, ready), daemon=True)
        thread.start()
        ready.wait(30)
        try:
            yield self
        finally:
            self.release.set()
            loop.call_soon_threadsafe(loop.stop)
            thread.join(30)

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        starting = asyncio.start_server(self._visit, "127.0.0.1", 0, limit=2**24)
        server = loop.run_until_complete(starting)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*GONE):
            while await self._exchange(reader, writer):
                pass
        with suppress(*GONE):
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Handles a request; returns whether the connection stays open."""
        top = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = int(top.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        body = json.loads(await reader.readexactly(size)) if size else {}
        if self._page and top.startswith(b"get "):
            self.pages_read += 1
            await _send(writer, _whole(self._page))
            return True
        prompt = body["messages"][-1]["content"] if body else ""
        prompt = prompt if isinstance(prompt, str) else json.dumps(prompt)  # with a picture
        self.asked[prompt] += 1
        self.bodies.append(body)
        self.times.append(asyncio.get_running_loop().time())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            deed = self._deeds(prompt, self.asked[prompt])
            if deed in ("stall", "silent"):
                if deed == "stall":
                    await _send(writer, HEAD + _chunk(_frame("half ")))
                await reader.read()  # until the client has hung up
                return False
            return await self._done(deed, prompt, writer)
        finally:
            self.open -= 1

    async def _done(self, deed: Deed, prompt: str, writer: asyncio.StreamWriter) -> bool:
        if self._pause:
            await asyncio.sleep(self._pause)
        if deed in REFUSALS:
            await _send(writer, self._refusal(*REFUSALS[deed]))
            return True
        while deed == "hold" and not self._may_go_on():  # noqa: ASYNC110  # of a thread
            await asyncio.sleep(0.01)
        if deed == "cut":
            await _send(writer, HEAD + _chunk(_frame("half ")))
            return False
        said = _frame(self._reply(prompt), "refusal" if deed == "no" else "content")
        await _send(writer, HEAD + _chunk(said + END) + b"0\r\n\r\n")
        self.answered[prompt] += 1
        return True

    def _may_go_on(self) -> bool:
        return self.release.is_set() or 0 < self._gathers <= self.most_open

    def _refusal(self, status: int, code: str) -> bytes:
        body = json.dumps({"error": {"message": f"{code} here", "code": code}}).encode()
        wait = f"Retry-After: {self._retry_after}\r\n" if self._retry_after else ""
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{wait}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = (
    b'data: {"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}\n\n'
    b"data: [DONE]\n\n"
)


def _whole(text: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
    return (head + text).encode()


def _frame(text: str, field: str = "content") -> bytes:
    choice = {"index": 0, "delta": {field: text}, "finish_reason": None}
    return b"data: " + json.dumps({"model": "m-1", "choices": [choice]}).encode() + b"\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()
