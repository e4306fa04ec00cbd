"""A client that disconnects, as its upstream service sees it: at its own socket."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serve.serving import KEY, Serving, serving
from tests.serve.test_answers import gigachat, wait
from tests.serve.test_gates import CHAT, over
from tests.servers.crowd import Crowd, Deed
from tests.servers.gigachat import CHAT as GIGACHAT_CHAT
from tests.servers.gigachat import StrictGigaChat


def asking(running: Serving, *, stream: bool, **more: int) -> socket.socket:
    """A client that has asked and waits."""
    body = json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": stream, **more})
    head = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    client = socket.create_connection(("127.0.0.1", running.port), timeout=60)
    client.sendall((head + body).encode())
    return client


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("deed", ["silent", "stall"])
def test_the_upstream_is_closed(tmp_path: Path, deed: Deed, stream: bool) -> None:
    """Before the first token, and in the middle of an answer."""
    with Crowd(lambda *_: deed).running() as crowd, over(tmp_path, crowd) as running:
        client = asking(running, stream=stream)
        wait(lambda: crowd.open == 1)
        if stream and deed == "stall":
            got = b""
            while b"half" not in got:
                got += client.recv(65536)
        client.close()
        wait(lambda: crowd.open == 0)


def test_an_answer_that_never_waits_ends_with_its_client(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "-p", "demo") as running:
        asking(running, stream=True, tokens=200_000).close()
        wait(lambda: running.ask("/status").json["requests"] == 1)
        assert running.ask("/status").json["failed"] == 1


def test_who_leaves_the_queue_is_never_asked_for(tmp_path: Path, server: StrictGigaChat) -> None:
    server.pause = 0.4  # the first answer takes four times that
    with serving(tmp_path / "home", **gigachat(server)) as running, ThreadPoolExecutor(1) as pool:
        first = pool.submit(running.chat, "first")
        wait(lambda: len(server.to(GIGACHAT_CHAT)) == 1)
        asking(running, stream=False).close()
        running.wait_for(" gone")
        assert not first.done()
        assert first.result().status == 200
        assert running.chat("last").status == 200
    texts = [asked.json["messages"][0]["content"] for asked in server.to(GIGACHAT_CHAT)]
    assert texts == ["first", "last"]


def test_the_queue_of_a_personal_key_has_an_end(tmp_path: Path, server: StrictGigaChat) -> None:
    server.pause = 1.0
    with serving(tmp_path / "home", **gigachat(server)) as running, ThreadPoolExecutor(10) as pool:
        replies = [pool.submit(running.chat) for _ in range(10)]
        wait(lambda: any(reply.done() for reply in replies))
        (refused,) = [reply.result() for reply in replies if reply.done()]
        server.pause = 0.0
        assert (refused.status, refused.headers["retry-after"]) == (429, "5")
        assert sorted(reply.result().status for reply in replies) == [*[200] * 9, 429]
    assert server.most_streams == 1
