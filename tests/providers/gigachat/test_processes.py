"""Many llmchats at once: one token request for all, one stream at a time, and nobody stuck."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llmchat.providers.gigachat import GigaChat
from llmchat.store.private.access_tokens import FileTokens
from llmchat.values.access_token import AccessToken
from llmchat.values.endpoint import Endpoint
from llmchat.values.secret import Secret
from tests.servers.gigachat import CHAT, KEY, OAUTH, StrictGigaChat

PROCESSES = 16
ROUNDS = int(os.environ.get("LLMCHAT_TEST_ROUNDS", "3"))
WORKER = """
import asyncio, sys, time
from pathlib import Path
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Notice
from llmchat.values.messages import Message, Request
from llmchat.providers.gigachat import GigaChat
from llmchat.values.secret import Secret
from llmchat.store.private.access_tokens import FileTokens

base_url, auth_url, ca, key_file, tokens, what = sys.argv[1:]
endpoint = Endpoint(base_url=base_url, auth_url=auth_url, ca_bundle=ca,
                    api_key=Secret(Path(key_file).read_text()), retries=0)

async def once():
    store = FileTokens(Path(tokens), time.time)
    async with GigaChat(endpoint, tokens=store) as gigachat:
        if what == "models":
            return len(await gigachat.list_models())
        asked = Request("", (Message("user", "Hi"),))
        found = [event async for event in gigachat.stream(asked)]
        return sum(isinstance(e, Notice) for e in found), sum(isinstance(e, Delta) for e in found)

for line in sys.stdin:
    try:
        print(asyncio.run(once()), flush=True)
    except Exception as error:
        print(repr(error), flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> FileTokens:
    return FileTokens(tmp_path / "home" / "tokens.json", time.time)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY)
    return path


@contextmanager
def workers(
    count: int, server: StrictGigaChat, tmp_path: Path, *, what: str
) -> Iterator[list[subprocess.Popen[str]]]:
    command = [
        *(sys.executable, "-c", WORKER, server.base_url, server.auth_url, str(server.ca)),
        *(str(tmp_path / "key"), str(tmp_path / "home" / "tokens.json"), what),
    ]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.communicate()


def all_at_once(started: list[subprocess.Popen[str]]) -> list[str]:
    for worker in started:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [answer_of(worker) for worker in started]


def answer_of(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def expired(account: GigaChat, store: FileTokens) -> None:
    store.put(account.account.id, AccessToken(Secret("old"), time.time() + 30))


@pytest.mark.usefixtures("key_file")
def test_sixteen_processes_with_an_expired_token_make_one_token_request(
    endpoint: Endpoint, server: StrictGigaChat, store: FileTokens, tmp_path: Path
) -> None:
    server.token_pause = 0.05
    account = GigaChat(endpoint)
    with workers(PROCESSES, server, tmp_path, what="models") as started:
        for count in range(1, ROUNDS + 1):
            expired(account, store)
            assert all_at_once(started) == ["3"] * PROCESSES
            assert len(server.to(OAUTH)) == count


@pytest.mark.slow
@pytest.mark.usefixtures("key_file")
def test_sixteen_processes_with_a_revoked_token_make_one_token_request(
    server: StrictGigaChat, tmp_path: Path
) -> None:
    with workers(PROCESSES, server, tmp_path, what="models") as started:
        for count in range(1, 3):
            server.revoke()
            assert all_at_once(started) == ["3"] * PROCESSES
            assert len(server.to(OAUTH)) == count


@pytest.mark.usefixtures("key_file")
def test_three_terminals_with_one_key_take_turns(server: StrictGigaChat, tmp_path: Path) -> None:
    server.parallel, server.pause = 1, 0.05
    with workers(3, server, tmp_path, what="ask") as started:
        assert sorted(all_at_once(started)) == ["(0, 2)", "(1, 2)", "(1, 2)"]
    assert server.most_streams == 1
    assert len(server.to(CHAT)) == 3


@pytest.mark.usefixtures("key_file")
def test_a_killed_stream_and_a_killed_buyer_block_nobody(
    server: StrictGigaChat, tmp_path: Path
) -> None:
    server.token_pause = 30
    with workers(1, server, tmp_path, what="ask") as (victim,):
        assert victim.stdin is not None
        victim.stdin.write("go\n")
        victim.stdin.flush()
        until(lambda: len(server.to(OAUTH)) == 1)
        victim.send_signal(signal.SIGKILL)
        victim.wait(60)
    server.token_pause = 0
    with workers(1, server, tmp_path, what="ask") as heirs:
        assert all_at_once(heirs) == ["(0, 2)"]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
