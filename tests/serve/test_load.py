"""A server that is asked much: no error, no growth, no descriptor that stays; also with clients
that are slow, too many, or send a gigabyte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.load import first_token, state, together
from tests.serve.serving import KEY, Serving, read_all
from tests.serve.test_answers import wait
from tests.serve.test_gates import CHAT, over
from tests.servers.crowd import Crowd

pytestmark = pytest.mark.slow

GROWTH = 10.0  # MB
HEAD = f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Crowd().running() as crowd, over(tmp_path_factory.mktemp("load"), crowd) as started:
        together(started.base, "openai/m", 2)  # everything is loaded
        yield started


def test_a_thousand_in_turn_and_sixteen_at_once_leave_nothing(running: Serving) -> None:
    """`bench/serve.py` goes on for two minutes."""
    before = state(running.process.pid)
    for _ in range(1000):
        first_token(running.base, "openai/m")
    assert len(together(running.base, "openai/m", 10)) > 16
    wait(lambda: state(running.process.pid).descriptors <= before.descriptors)
    assert state(running.process.pid).memory - before.memory < GROWTH


def test_two_hundred_slow_bodies_are_bounded_and_others_served_after_them(running: Serving) -> None:
    """Whole headers, then a byte of the body now and then."""
    before = state(running.process.pid)
    head = HEAD + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    slow = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(200)]
    for client in slow:
        client.sendall(head.encode())
    refused = [first for first in slow[64:] if read_all(first).startswith(b"HTTP/1.1 503 ")]
    assert len(refused) == 136
    for client in slow:
        client.close()
    wait(lambda: state(running.process.pid).descriptors <= before.descriptors)
    assert first_token(running.base, "openai/m")
    assert state(running.process.pid).memory - before.memory < GROWTH


def test_gigabytes_of_sixteen_at_once_are_not_kept(running: Serving) -> None:
    """Each is cut off after its twenty megabytes and the eighty that are skipped, and what was read
    of it is given back."""
    before = state(running.process.pid)
    head = HEAD + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    sent: list[int] = []

    def send() -> None:
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as client:
            pieces = 0
            try:
                client.sendall(head.encode())
                while pieces < 1000:
                    client.sendall(piece)
                    pieces += 1
            except ConnectionError:
                sent.append(pieces)

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(sent) == 16
    assert max(sent) < 120
    assert first_token(running.base, "openai/m")
    wait(lambda: state(running.process.pid).memory - before.memory < 100)


def test_a_client_that_reads_nothing_holds_nobody_up(tmp_path: Path) -> None:
    crowd = Crowd(reply=lambda _: "x" * 8_000_000)
    with crowd.running(), over(tmp_path, crowd) as running:
        body = b'{"messages": [{"role": "user", "content": "x"}], "stream": true}'
        head = HEAD + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", running.port)) as deaf:
            deaf.sendall(head.encode() + body)
            wait(lambda: bool(crowd.bodies))
            assert running.ask("/health").status == 200
