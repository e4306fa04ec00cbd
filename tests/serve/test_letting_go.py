"""What stays in memory after a reply: nothing, even without a garbage collection."""

from __future__ import annotations

import gc
import http.client
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmchat.app.run.context import open_context
from llmchat.app.serve.http.routes import application
from llmchat.app.serve.options import ServeOptions
from llmchat.app.serve.service import Service
from llmchat.values.messages import Request
from llmchat.world import World
from tests.serve.test_answers import wait
from tests.serve.test_gates import CHAT
from tests.serve.test_idle import running
from tests.servers.crowd import Crowd, Deed

QUESTION = "a question of this test alone"


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def kept() -> int:
    """Questions that are still in memory."""
    found = (o for o in gc.get_objects() if isinstance(o, Request))
    return sum(any(m.text == QUESTION for m in request.messages) for request in found)


def served(home: Path, crowd: Crowd, *names: str) -> Service:
    environ = {
        "LLMCHAT_HOME": str(home), "HOME": str(home), "LLMCHAT_FIND_LOCAL": "false",
        "OPENAI_BASE_URL": crowd.url, "OPENAI_API_KEY": "sk-test", "LLMCHAT_MODEL": "m",
        "LLMCHAT_OLLAMA_BASE_URL": crowd.url, "LLMCHAT_RETRIES": "1",
    }  # fmt: skip
    world = World(environ, io.StringIO(), io.StringIO(), io.StringIO(), home)
    return Service(open_context(world), ServeOptions(providers=names))


def status(port: int, *, stream: bool) -> int:
    body = {"messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("POST", CHAT, json.dumps(body), {"Content-Type": "application/json"})
    reply = client.getresponse()
    try:
        reply.read()
    except http.client.IncompleteRead:
        return -reply.status
    finally:
        client.close()
    return reply.status


@pytest.mark.parametrize(
    ("deed", "stream", "expected"),
    [
        ("ok", False, 200),
        ("ok", True, 200),
        ("500", False, 502),
        ("500", True, 502),
        ("400", False, 400),
        ("cut", False, 502),
        ("cut", True, -200),
    ],
)
def test_a_question_is_let_go(
    tmp_path: Path, uncollected: None, deed: Deed, stream: bool, expected: int
) -> None:
    with Crowd(lambda *_: deed).running() as crowd:
        app = application(served(tmp_path, crowd, "openai"))
        with running(app) as here:
            assert status(here.port, stream=stream) == expected
            wait(lambda: kept() == 0)


def test_a_question_that_nobody_answered_is_let_go(tmp_path: Path, uncollected: None) -> None:
    """The errors of several providers as well."""
    with Crowd(lambda *_: "500").running() as crowd:
        app = application(served(tmp_path, crowd, "openai", "ollama"))
        with running(app) as here:
            assert status(here.port, stream=False) == 502
            assert crowd.asked[QUESTION] > 2
            wait(lambda: kept() == 0)
