"""Clients that do nothing: how long their connections are kept, at a server with short limits."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llmchat.app.run.context import open_context
from llmchat.app.serve.asgi import Receive, Scope, Send, send_whole
from llmchat.app.serve.http.listening import listen, server_of
from llmchat.app.serve.http.routes import application
from llmchat.app.serve.options import ServeOptions
from llmchat.app.serve.service import Service
from llmchat.world import World
from tests.serve.serving import read_all
from tests.serve.test_answers import wait

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
LARGE = 8_000_000  # more than sockets hold


class Running:
    """A server in a thread, and the number of its connections."""

    def __init__(self, app: Any, idle: int) -> None:
        self.server = server_of(app, idle=idle)
        self.socket = listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        wait(lambda: self.connections == 1)
        return client

    def run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self.socket]))


@contextmanager
def running(app: Any, *, idle: int = 1) -> Iterator[Running]:
    here = Running(app, idle)
    thread = threading.Thread(target=here.run)
    thread.start()
    try:
        yield here
    finally:
        here.server.should_exit = here.server.force_exit = True
        thread.join(30)
        assert not thread.is_alive()


def read_until(client: socket.socket, end: bytes) -> bytes:
    got = b""
    while not got.endswith(end):
        piece = client.recv(65536)
        assert piece, got
        got += piece
    return got


async def small(scope: Scope, receive: Receive, send: Send) -> None:
    await send_whole(send, 200, b"ok", b"text/plain")


async def middling(scope: Scope, receive: Receive, send: Send) -> None:
    await send_whole(send, 200, b"x" * 40_000, b"text/plain")


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    await send_whole(send, 200, b"x" * LARGE, b"text/plain")


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


def test_a_connection_without_a_next_request_ends_after_the_idle_limit() -> None:
    with running(small) as here, here.connect() as client:
        for _ in range(2):
            client.sendall(GET)
            assert read_until(client, b"ok")
        began = time.monotonic()
        assert read_all(client) == b""
        assert 0.5 < time.monotonic() - began < 9
        wait(lambda: here.connections == 0)


def test_who_reads_nothing_of_a_whole_answer_is_let_go() -> None:
    with running(large) as here, here.connect() as client:
        client.sendall(GET)
        wait(lambda: here.connections == 0)


def test_who_reads_nothing_of_a_stream_is_let_go() -> None:
    with running(endless) as here, here.connect() as client:
        client.sendall(GET)
        wait(lambda: here.connections == 0)


def test_who_asks_and_asks_and_reads_nothing_is_let_go() -> None:
    """No reply alone fills the socket."""
    with running(middling) as here, here.connect() as client:
        client.sendall(GET * 400)
        wait(lambda: here.connections == 0)


def test_who_leaves_the_last_bytes_of_an_answer_is_let_go() -> None:
    """So few that the server need not stop writing."""

    async def until_unread(scope: Scope, receive: Receive, send: Send) -> None:
        (connection,) = here.server.server_state.connections
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not connection.transport.get_write_buffer_size():
            await send({"type": "http.response.body", "body": b"x" * 4096, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body"})

    with running(until_unread) as here, here.connect() as client:
        client.sendall(GET)
        wait(lambda: here.connections == 0)


def test_who_reads_slowly_gets_it_all() -> None:
    """Longer than the limit, but never for so long without a byte."""
    with running(large) as here, here.connect() as client:
        client.sendall(GET)
        got = 0
        while got < LARGE:
            piece = client.recv(LARGE // 250)
            assert piece, got
            got += len(piece)
            time.sleep(0.01)


def test_a_body_that_stops_in_the_middle_is_told_408(tmp_path: Path) -> None:
    environ = {"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path), "LLMCHAT_FIND_LOCAL": "false"}
    world = World(environ, io.StringIO(), io.StringIO(), io.StringIO(), tmp_path)
    service = Service(open_context(world), ServeOptions())
    with running(application(service, idle=0.2)) as here, here.connect() as client:
        client.sendall(POST)
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["error"]["code"] == "timeout"
