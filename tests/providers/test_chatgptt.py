"""ChatGptt: a page, a form with the page's tokens, and replies of two kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from llmchat.errors import (
    Blocked,
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    PageTokensMissing,
    RateLimited,
    ServiceError,
    TooLong,
    Unavailable,
)
from llmchat.providers.keyless.chatgptt import ChatGptt
from llmchat.values.endpoint import Endpoint
from llmchat.values.messages import Message
from tests.providers.conftest import Asking
from tests.servers.dialogues import PAGE, chat_piece, frames
from tests.servers.network import body
from tests.servers.scripted import HTML, JSON, SSE, Asked

SUCCESS = b'{"status":"success","data":"Hello!"}'
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
CLOUDFLARE = b"<!DOCTYPE html><title>Just a moment...</title>"


def site(
    reply: bytes = SUCCESS, kind: str = JSON, *, status: int = 200, page: str = PAGE
) -> Callable[[Asked], httpx.Response]:
    def answer(asked: Asked) -> httpx.Response:
        if asked.method == "GET":
            cookie = [("set-cookie", "PHPSESSID=s3ss; path=/")]
            return body([page.encode()], HTML, headers=cookie)
        return body([reply], kind, status=status)

    return answer


async def test_both_requests_are_the_documented_ones(ask: Asking) -> None:
    heard = await ask("chatgptt", site())
    visit, post = heard.requests
    assert (visit.method, str(visit.url)) == ("GET", "https://chatgptt.me/")
    assert (post.method, str(post.url)) == ("POST", "https://chatgptt.me/wp-admin/admin-ajax.php")
    for request in heard.requests:
        headers = dict(request.headers)
        for name in ("host", "content-length", "content-type", "connection", "accept-encoding"):
            headers.pop(name, None)
        assert headers.pop("cookie", None) == (None if request is visit else "PHPSESSID=s3ss")
        assert headers == {
            "authority": "chatgptt.me",
            "accept": "application/json",
            "origin": "https://chatgptt.me",
            "referer": "https://chatgptt.me/chat",
            "user-agent": CHROME,
        }
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(post.content.decode(), keep_blank_values=True))
    client = form.pop("wpaicg_chat_client_id")
    assert (len(client), int(client, 16) >= 0) == (10, True)
    assert form == {
        "_wpnonce": "a1b2c3d4e5",
        "post_id": "22",
        "url": "https://chatgptt.me",
        "action": "wpaicg_chat_shortcode_message",
        "message": "Hi",
        "bot_id": "0",
        "chatbot_identity": "shortcode",
        "wpaicg_chat_history": "[]",
    }


async def test_history_and_system_message_are_in_the_message(ask: Asking) -> None:
    heard = await ask("chatgptt", site(), Message("system", "Be brief"), Message("user", "Hi & ж"))
    form = dict(parse_qsl(heard.requests[1].content.decode()))
    assert form["message"] == "System: Be brief\nUser: Hi & ж\nAssistant:"


async def test_a_moved_site_is_asked_at_its_new_address(ask: Asking) -> None:
    heard = await ask("chatgptt", site(), endpoint=Endpoint(base_url="https://new.example/"))
    assert [str(request.url) for request in heard.requests] == [
        "https://new.example/", "https://new.example/wp-admin/admin-ajax.php",
    ]  # fmt: skip


@pytest.mark.parametrize("quote", ["'", '"'])
async def test_the_first_tokens_of_the_page_count(quote: str, ask: Asking) -> None:
    page = "<div data-nonce='one' data-post-id='1'><div data-nonce='two' data-post-id='2'>"
    heard = await ask("chatgptt", site(page=page.replace("'", quote)))
    form = dict(parse_qsl(heard.requests[1].content.decode()))
    assert (form["_wpnonce"], form["post_id"]) == ("one", "1")


@pytest.mark.parametrize("page", ["", "<html>", "<a data-nonce='x'>", "<a data-post-id='1'>"])
async def test_a_page_without_tokens_is_a_runtime_error_too(page: str, ask: Asking) -> None:
    heard = await ask("chatgptt", site(page=page))
    error = heard.failed()
    assert isinstance(error, PageTokensMissing)
    assert isinstance(error, RuntimeError)
    assert str(error) == "Required authentication tokens not found in page HTML"
    assert (error.exit_code, len(heard.requests)) == (8, 1)


def old_piece(text: str) -> dict[str, object]:
    return {"choices": [{"text": text}]}


STREAMS = {
    "JSON": (SUCCESS, JSON),
    "JSON under another name": (b"\n " + SUCCESS, HTML),
    "stream": (frames(chat_piece("Hel"), chat_piece("lo!"), "[DONE]"), SSE),
    "stream under another name": (frames(chat_piece("Hello!"), "[DONE]"), JSON),
    "stream with a comment first": (b": hi\n\n" + frames(chat_piece("Hello!"), "[DONE]"), SSE),
    "older frames": (frames(old_piece("Hel"), old_piece("lo!"), "[DONE]"), SSE),
    "finish reason alone": (frames(chat_piece("Hello!", "stop")), SSE),
    "finish details": (
        frames({"choices": [{"delta": {"content": "Hello!"}, "finish_details": {"type": "stop"}}]}),
        SSE,
    ),
}


@pytest.mark.parametrize(("reply", "kind"), STREAMS.values(), ids=STREAMS)
async def test_each_kind_of_reply_is_read_by_what_it_is(
    reply: bytes, kind: str, ask: Asking
) -> None:
    heard = await ask("chatgptt", site(reply, kind))
    assert (heard.error, heard.text) == (None, "Hello!")
    assert heard.finish is not None
    assert heard.finish.reason == "stop"


async def test_a_length_limit_is_told_apart(ask: Asking) -> None:
    heard = await ask("chatgptt", site(frames(chat_piece("Hel", "length")), SSE))
    assert heard.finish is not None
    assert heard.finish.reason == "length"


def plugin(**data: object) -> bytes:
    return frames({"msg": "it says", **data})


FAILURES: dict[str, tuple[int, str, bytes, type[LlmchatError], int]] = {
    "security check": (200, JSON, b'{"status":"error","msg":"Security check"}', Blocked, 8),
    "no settings": (200, JSON, b'{"status":"error","msg":"Missing API Setting"}', ServiceError, 8),
    "wrong": (200, JSON, b'{"status":"error","msg":"Something went wrong"}', ServiceError, 8),
    "null": (200, JSON, b'{"status":"success","data":null}', EmptyAnswer, 8),
    "no status": (200, JSON, b"{}", ServiceError, 8),
    "nonce refused": (403, HTML, b"-1", Blocked, 8),
    "nonce refused, 200": (200, HTML, b"-1", Blocked, 8),
    "unknown action": (400, HTML, b"0", ServiceError, 8),
    "empty": (200, JSON, b"", EmptyAnswer, 8),
    "page": (200, HTML, b"<html><p>hi", NotAnAnswer, 8),
    "Cloudflare 403": (403, HTML, CLOUDFLARE, Blocked, 8),
    "Cloudflare 503": (503, HTML, CLOUDFLARE, Blocked, 8),
    "down": (500, HTML, b"<html>", Unavailable, 8),
    "limit": (429, JSON, b"{}", RateLimited, 7),
    "too long": (200, SSE, plugin(tokenLimitReached=True), TooLong, 2),
    "flagged": (200, SSE, plugin(messageFlagged=True), Filtered, 9),
    "moderated": (200, SSE, plugin(modflag=True), Filtered, 9),
    "banned": (200, SSE, plugin(ipBanned=True), Blocked, 8),
    "pinecone": (200, SSE, plugin(pineconeError=True), ServiceError, 8),
    "plain msg": (200, SSE, plugin(), ServiceError, 8),
    "banned, as JSON": (200, JSON, b'{"status":"error","msg":"x","ipBanned":true}', Blocked, 8),
    "error frame": (200, SSE, frames({"error": {"message": "x"}}), ServiceError, 8),
    "error after text": (
        200, SSE, frames(chat_piece("Hi"), {"error": {"message": "x"}}), IncompleteAnswer, 10,
    ),
    "no finish": (200, SSE, frames(chat_piece("Hi")), IncompleteAnswer, 10),
    "half JSON": (200, JSON, b'{"status":"succ', NotAnAnswer, 8),
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind", "reply", "ours", "code"), FAILURES.values(), ids=FAILURES
)
async def test_each_failure_has_its_kind_and_a_next_step(
    status: int, kind: str, reply: bytes, ours: type[LlmchatError], code: int, ask: Asking
) -> None:
    error = (await ask("chatgptt", site(reply, kind, status=status))).failed()
    assert (type(error), error.exit_code, bool(error.hint)) == (ours, code, True), error.message


async def test_a_guard_before_the_page_is_told_as_such(ask: Asking) -> None:
    for status in (200, 403, 503):
        heard = await ask("chatgptt", body([CLOUDFLARE], HTML, status=status))
        assert isinstance(heard.failed(), Blocked), status
    mitigated = body([b"x"], HTML, status=403, headers=[("cf-mitigated", "challenge")])
    assert isinstance((await ask("chatgptt", mitigated)).failed(), Blocked)


async def test_odd_deltas_stop_nothing(ask: Asking) -> None:
    odd: list[Any] = [
        {"choices": [{"delta": "x"}]},
        {"choices": ["x"]},
        {"choices": {}},
        {"choices": None},
    ]
    heard = await ask("chatgptt", site(frames(*odd, chat_piece("Hello!"), "[DONE]"), SSE))
    assert (heard.error, heard.text) == (None, "Hello!")


def test_what_it_declares_is_what_it_is() -> None:
    assert (ChatGptt.access, ChatGptt.default_model) == ("keyless", "gpt-4o")
    assert ChatGptt.models == ("gpt-4", "gpt-4o", "gpt-4o-mini")
    assert ChatGptt.api_endpoint == "https://chatgptt.me/wp-admin/admin-ajax.php"


async def test_a_stale_page_is_read_again_once(ask: Asking) -> None:
    """The site may have handed out a cached page, whose nonce it refuses itself."""
    replies = iter([b'{"status":"error","msg":"Security check"}', SUCCESS])

    def answer(asked: Asked) -> httpx.Response:
        return site()(asked) if asked.method == "GET" else body([next(replies)], JSON)

    heard = await ask("chatgptt", answer)
    assert (heard.error, heard.text) == (None, "Hello!")
    assert [request.method for request in heard.requests] == ["GET", "POST", "GET", "POST"]


async def test_a_page_that_stays_stale_is_read_twice_and_no_more(ask: Asking) -> None:
    heard = await ask("chatgptt", site(b'{"status":"error","msg":"Security check"}'))
    assert isinstance(heard.failed(), Blocked)
    assert len(heard.requests) == 4
