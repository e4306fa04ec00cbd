"""Pages for `-f URL`: complete or not at all, and never a way to reach this machine."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from llmchat.app.ask.input.pages import MOST_REDIRECTS, fetch
from llmchat.app.run.context import Context, open_context
from llmchat.errors import LlmchatError, NetworkError, ServiceError, Timeout, TooLong
from llmchat.inputs.prompt import Prompt, PromptSource, with_pages
from llmchat.inputs.text import WebPage
from llmchat.values.secret import redact
from llmchat.world import World

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def run_with(tmp_path: Path) -> Callable[[Answer], Context]:
    def run_with(answer: Answer) -> Context:
        out = io.StringIO()
        environ = {"LLMCHAT_HOME": str(tmp_path), "LLMCHAT_DEMO_API_KEY": "k"}
        transport = httpx.MockTransport(answer)
        return open_context(World(environ, io.StringIO(), out, out, tmp_path, http=transport))

    return run_with


Runs = Callable[[Answer], Context]


async def test_a_page_comes_with_its_type_and_no_key_goes_out(run_with: Runs) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"content-type": "text/html"}, content=b"<p>x")

    page = await fetch(run_with(answer), "http://a.example/p", 100)
    assert page == WebPage("http://a.example/p", "text/html", b"<p>x")
    assert "authorization" not in seen[0].headers


async def test_redirects_are_followed(run_with: Runs) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/a":
            return httpx.Response(302, headers={"location": "../b?c"})
        return httpx.Response(200, content=str(request.url).encode())

    assert (await fetch(run_with(answer), "https://x.example/a", 100)).content == (
        b"https://x.example/b?c"
    )


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        ("http://127.0.0.1:8080/secret", "redirects to this machine"),
        ("http://localhost/", "redirects to this machine"),
        ("file:///etc/passwd", "does not lead to a page"),
        ("http://[x", "redirects to an invalid URL"),
        ("http://x.example:99999/", "redirects to an invalid URL"),
        ("/a", "too many redirects"),
    ],
)
async def test_a_redirect_does_not_lead_astray(run_with: Runs, location: str, problem: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(301, headers={"location": location})

    with pytest.raises(NetworkError, match=problem):
        await fetch(run_with(answer), "https://x.example/a", 100)
    assert set(asked) == {"x.example"}
    assert len(asked) <= MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(404), ServiceError),
        (httpx.Response(200, content=b"x" * 101), TooLong),
        (httpx.Response(302), ServiceError),
    ],
)
async def test_what_is_no_page_is_an_error(
    run_with: Runs, response: httpx.Response, error: type[LlmchatError]
) -> None:
    with pytest.raises(error):
        await fetch(run_with(lambda request: response), "https://x.example/a", 100)


def nowhere(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no") from socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize("url", ["https://nowhere.example/", "http://[::1"])
async def test_an_address_that_leads_nowhere_is_not_a_setting(run_with: Runs, url: str) -> None:
    with pytest.raises(LlmchatError) as caught:
        await fetch(run_with(nowhere), url, 100)
    assert caught.value.hint == "check the URL"


async def test_a_setting_that_keeps_a_page_away_is_named(tmp_path: Path) -> None:
    environ = {"LLMCHAT_HOME": str(tmp_path), "LLMCHAT_CA_BUNDLE": "/none.pem"}
    out = io.StringIO()
    context = open_context(World(environ, out, out, out, tmp_path))
    with pytest.raises(LlmchatError, match=r"/none\.pem does not exist") as caught:
        await fetch(context, "https://nowhere.invalid/", 100)
    assert "ca_bundle" in caught.value.hint


async def test_a_page_that_never_ends_is_given_up_and_not_cut(run_with: Runs) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"beginning"
        await asyncio.sleep(60)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=dripping())

    with pytest.raises(Timeout, match=r"did not load within 0\.1 s"):
        await fetch(run_with(answer), "https://x.example/a", 100, patience=0.1)


async def test_a_password_in_the_address_of_a_page_is_told_to_nobody(run_with: Runs) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("authorization", ""))
        return httpx.Response(200, content=b"words")

    run, url = run_with(answer), "https://anna:pass-word-9@x.example/a"
    prompt = await with_pages(Prompt("why?", (PromptSource(url),)), partial(fetch, run))
    assert asked == ["Basic YW5uYTpwYXNzLXdvcmQtOQ=="]
    assert "x.example/a" in prompt.text
    assert "pass-word" not in repr(prompt)
    assert "pass-word" not in redact("a pass-word-9", run.world.secrets)
