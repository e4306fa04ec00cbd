"""What is refused before anything is read of it, and the order of the gates."""

from __future__ import annotations

import socket
import time
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.serve.serving import KEY, Serving, read_all, serving
from tests.servers.crowd import Crowd

ASK = {"model": "default", "messages": [{"role": "user", "content": "hi"}]}
CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"host": "evil.example:8642"}, 403, "host"),
        ({"host": "localhost.evil.example"}, 403, "host"),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403, "host"),
        ({"origin": "http://evil.example"}, 403, "origin"),
        ({"origin": "null"}, 403, "origin"),
        ({"origin": "http://evil.example", "authorization": None}, 403, "origin"),
        ({"authorization": None}, 401, "invalid_api_key"),
        ({"authorization": "Bearer wrong"}, 401, "invalid_api_key"),
        ({"authorization": f"Basic {KEY}"}, 401, "invalid_api_key"),
        ({"authorization": None, "content_type": "text/plain"}, 401, "invalid_api_key"),
        ({"content_type": "text/plain"}, 415, "content_type"),
        ({"content_type": "application/x-www-form-urlencoded"}, 415, "content_type"),
    ],
)
def test_nothing_refused_reaches_a_service(
    tmp_path: Path, headers: dict[str, str | None], status: int, code: str
) -> None:
    with Crowd().running() as crowd, over(tmp_path, crowd) as running:
        reply = running.ask(CHAT, ASK, **headers)
        assert (reply.status, reply.json["error"]["code"]) == (status, code)
        assert "access-control-allow-origin" not in reply.headers
        assert not crowd.bodies


def over(home: Path, crowd: Crowd, *argv: str, **more: str) -> AbstractContextManager[Serving]:
    return serving(
        home / "home", "-p", "openai", *argv, OPENAI_BASE_URL=crowd.url, OPENAI_API_KEY="sk-test",
        LLMCHAT_MODEL="m", LLMCHAT_RETRIES="0", **more,
    )  # fmt: skip


def test_a_key_in_the_query_opens_nothing(demo: Serving) -> None:
    assert demo.ask(f"/v1/models?key={KEY}&api_key={KEY}", authorization=None).status == 401


def test_health_needs_no_key_and_says_nothing_else(demo: Serving) -> None:
    reply = demo.ask("/health", authorization=None)
    assert (reply.status, reply.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:99", "[::1]:8642", "LOCALHOST:1"])
def test_this_computer_is_known_by_three_names(demo: Serving, host: str) -> None:
    assert demo.ask("/health", host=host).status == 200


def test_a_named_origin_may_read_the_reply(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--origin", "http://App.example/") as running:
        reply = running.ask(CHAT, ASK, origin="http://app.example")
        assert reply.status == 200
        assert reply.headers["access-control-allow-origin"] == "http://app.example"
        assert running.ask(CHAT, ASK, origin="http://other.example").status == 403


def test_a_named_origin_may_send_what_the_library_of_openai_sends(tmp_path: Path) -> None:
    asked = {
        "Origin": "http://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
    }
    with serving(tmp_path / "home", "--origin", "http://app.example") as running:
        connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
        connection.request("OPTIONS", CHAT, headers=asked)
        reply = connection.getresponse()
        connection.close()
    allowed = reply.headers["access-control-allow-headers"].split(", ")
    assert (reply.status, "authorization" in allowed, "*" in allowed) == (204, True, True)


def test_a_body_of_a_gigabyte_is_refused_by_its_length(demo: Serving) -> None:
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    )
    assert demo.raw(head.encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("key", "status"), [(KEY, 413), ("another", 401)])
def test_a_client_that_sends_much_hears_why_it_is_refused(
    demo: Serving, key: str, status: int
) -> None:
    """A connection that ended while it sends would break, and nothing more be read from it."""
    body = {"messages": [{"role": "user", "content": "x" * 30_000_000}]}
    assert demo.ask(CHAT, body, authorization=f"Bearer {key}").status == status


def test_a_body_without_a_length_is_refused_at_its_limit(demo: Serving) -> None:
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", demo.port), timeout=60) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(1000):
                connection.sendall(piece)
        except ConnectionError:
            return
        raise AssertionError("a gigabyte was read")


def test_large_headers_are_refused(demo: Serving) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000
    answer = demo.raw(head)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_two_hundred_slow_clients_are_ended_and_others_served(demo: Serving) -> None:
    slow = []
    for _ in range(200):
        connection = socket.create_connection(("127.0.0.1", demo.port), timeout=60)
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: local")
        slow.append(connection)
    began = time.monotonic()
    for connection in slow:
        read_all(connection)
        connection.close()
    assert time.monotonic() - began < 20
    assert demo.ask("/health").status == 200
