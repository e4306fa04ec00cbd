"""Looking for a server on this machine: only one that lists its models counts."""

from __future__ import annotations

import asyncio

import pytest

from llmchat.transport.local_servers import answering
from tests.e2e.shell import closed_port
from tests.servers.scripted import HTML, Visit, always, serving, whole

LISTED = {"object": "list", "data": [{"id": "llama3.2"}]}


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (whole(LISTED), True),
        (whole({"object": "list", "data": []}), False),
        (whole({"data": ["a"]}), False),
        (whole("<html>", HTML), False),
        (whole("[" * 100_000), False),
        (whole(LISTED, status=401), False),
    ],
)
async def test_only_a_list_of_models_counts(reply: bytes, found: bool) -> None:
    async with serving(always(reply)) as server:
        names = await asyncio.to_thread(answering, {"ollama": f"{server.url}/v1"})
    assert names == ["ollama"] * found
    assert server.asked[0].target == "/v1/models"


async def test_it_is_asked_directly_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(always(whole(LISTED))) as server, serving(always(whole({}))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        names = await asyncio.to_thread(answering, {"vllm": f"{server.url}/v1"})
    assert (names, proxy.asked) == (["vllm"], [])


async def test_a_byte_now_and_then_is_not_waited_for() -> None:
    async def drips(visit: Visit) -> None:
        while True:
            await visit.send(b"H", pause=0.1)

    async with serving(drips) as server:
        async with asyncio.timeout(20):
            names = await asyncio.to_thread(answering, {"vllm": f"{server.url}/v1"})
    assert names == []


def test_nobody_there_is_nobody_found() -> None:
    assert answering({"ollama": f"http://127.0.0.1:{closed_port()}/v1"}) == []
    assert answering({}) == []
