"""Yqcloud: the complete request, raw text in any cut, and notices that look like answers."""

from __future__ import annotations

import json
import re

import pytest

from llmchat.errors import (
    Blocked,
    EmptyAnswer,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    RateLimited,
    Unavailable,
)
from llmchat.providers.keyless.notices import all_notices, undecided
from llmchat.providers.keyless.yqcloud import Yqcloud, user_id
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Finish
from llmchat.values.messages import Message
from tests.providers.conftest import Asking, Heard
from tests.servers.network import body
from tests.servers.scripted import HTML, JSON, TEXT

BAN = "sorry, 您的ip已由于触发防滥用检测而被封禁,本服务网址是https://chat18.aichatos8.com 加微信"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


def sent(heard: Heard) -> dict[str, object]:
    found = json.loads(heard.requests[-1].content)
    assert isinstance(found, dict)
    return found


async def test_the_request_is_the_documented_one(ask: Asking) -> None:
    heard = await ask("yqcloud", b"ok")
    (request,) = heard.requests
    assert (request.method, str(request.url)) == (
        "POST", "https://api.binjie.fun/api/generateStream",
    )  # fmt: skip
    headers = dict(request.headers)
    for name in ("host", "content-length", "connection", "accept-encoding"):
        headers.pop(name)
    assert headers == {
        "accept": "application/json, text/plain, */*",
        "accept-language": "en-US,en;q=0.9",
        "content-type": "application/json",
        "origin": "https://chat9.yqcloud.top",
        "referer": "https://chat9.yqcloud.top/",
        "user-agent": CHROME,
    }
    user = sent(heard).pop("userId")
    assert re.fullmatch(r"#/chat/\d{13}", str(user))
    assert sent(heard) == {
        "prompt": "Hi",
        "userId": user,
        "network": True,
        "system": "",
        "withoutContext": False,
        "stream": True,
    }


async def test_a_system_message_in_front_has_a_field_of_its_own(ask: Asking) -> None:
    heard = await ask("yqcloud", b"ok", Message("system", "Be brief"), Message("user", "Hi"))
    assert (sent(heard)["system"], sent(heard)["prompt"]) == ("Be brief", "Hi")


async def test_history_is_in_the_prompt_and_a_later_system_message_too(ask: Asking) -> None:
    heard = await ask(
        "yqcloud",
        b"ok",
        Message("user", "Hi"),
        Message("assistant", " "),
        Message("system", "Be brief"),
        Message("user", "Name?"),
    )
    assert sent(heard)["prompt"] == "User: Hi\nSystem: Be brief\nUser: Name?\nAssistant:"
    assert sent(heard)["system"] == ""


async def test_without_streaming_only_the_flag_changes(ask: Asking) -> None:
    heard = await ask("yqcloud", b"ok", stream=False)
    assert (sent(heard)["stream"], heard.text) == (False, "ok")


async def test_a_conversation_keeps_its_id(ask: Asking) -> None:
    heard = await ask("yqcloud", b"ok", session="#/chat/1763625600123")
    assert sent(heard)["userId"] == "#/chat/1763625600123"


def test_a_conversation_of_ours_keeps_its_number() -> None:
    """`ask -c` runs in another process, and the service knows the thread by its number."""
    assert user_id("edr5tezkwn") == user_id("edr5tezkwn") != user_id("edr5tezkwm")
    assert re.fullmatch(r"#/chat/1[789]\d{11}", user_id("edr5tezkwn"))


async def test_a_moved_service_is_asked_at_its_new_address(ask: Asking) -> None:
    heard = await ask("yqcloud", b"ok", endpoint=Endpoint(base_url="https://new.example/"))
    assert str(heard.requests[0].url) == "https://new.example/api/generateStream"


async def test_the_documented_pieces_cut_inside_characters(ask: Asking) -> None:
    pieces = [b"\xd0\x9f\xd1", b"\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, ", b"\xe4\xbd", b"\xa0\xe5\xa5\xbd!\n"]  # fmt: skip  # noqa: E501
    heard = await ask("yqcloud", pieces, content_type="")
    assert heard.events == [
        Delta("П"), Delta("ривет, "), Delta("你好!\n"), Finish("stop", "gpt-4"),
    ]  # fmt: skip


async def test_text_streams_as_soon_as_it_cannot_be_a_notice(ask: Asking) -> None:
    heard = await ask("yqcloud", [b"so", b"rry", b", no", b" way"])
    assert [e.text for e in heard.events if isinstance(e, Delta)] == ["sorry, no", " way"]


@pytest.mark.parametrize("notice", [n for n in all_notices() if n.starts], ids=lambda n: n.starts)
async def test_every_known_beginning_is_caught_in_every_cut(notice: object, ask: Asking) -> None:
    """The needle is cut anywhere, and nothing of it is ever shown."""
    starts = getattr(notice, "starts", "")
    text = f" \n{starts.upper()} and more words".encode()
    for cut in range(len(text)):
        heard = await ask("yqcloud", [text[:cut], text[cut:]])
        assert heard.failed().kind == getattr(notice, "kind", ""), cut
        assert heard.events == []
    assert starts == starts.lower() != ""


FAILURES: dict[str, tuple[int, str, str, type[LlmchatError], int]] = {
    "ban": (200, TEXT, BAN, Blocked, 8),
    "ban and nothing else": (200, TEXT, BAN[:25], Blocked, 8),
    "abnormal traffic": (200, TEXT, "流量异常,请尝试更换网络环境", Blocked, 8),
    "abnormal traffic, wide comma": (200, TEXT, "流量异常，请尝试更换网络环境", Blocked, 8),
    "page": (200, HTML, "\ufeff <!DOCTYPE html><title>x", NotAnAnswer, 8),
    "Cloudflare": (403, HTML, "<title>Just a moment...</title>", Blocked, 8),
    "refused": (403, TEXT, "no", Blocked, 8),
    "limit": (429, TEXT, "slow down", RateLimited, 7),
    "down": (502, HTML, "<html>", Unavailable, 8),
    "empty": (200, TEXT, "", EmptyAnswer, 8),
    "white space": (200, TEXT, " \n", EmptyAnswer, 8),
    "JSON error": (200, JSON, '{"code": 429, "message": "quota"}', NotAnAnswer, 8),
    "JSON error, other form": (200, JSON, '{"success":false,"msg":"no"}', NotAnAnswer, 8),
    "JSON error, third form": (200, TEXT, '{"error":{"message":"no"}}', NotAnAnswer, 8),
}


@pytest.mark.parametrize(
    ("status", "kind", "text", "ours", "code"), FAILURES.values(), ids=FAILURES
)
async def test_each_failure_has_its_kind_and_a_next_step(
    status: int, kind: str, text: str, ours: type[LlmchatError], code: int, ask: Asking
) -> None:
    error = (await ask("yqcloud", body([text.encode()], kind, status=status))).failed()
    assert (type(error), error.exit_code, bool(error.hint)) == (ours, code, True)
    assert "auth" not in error.hint  # nobody signs in there


@pytest.mark.parametrize(
    "answer",
    [
        "I am sorry, 您的ip已由于触发防滥用检测而被封禁",
        '{"status": "ok", "message": "Hello"}',
        '{"name": "a", "code": 429}',
        '{"code": 429, "message": "x", "a": 1, "b": 2}',
        '{"error": broken',
        "{",
        "<p>paragraph",
        "流量异常",
        '{"data": "' + "x" * 5000 + '"}',
    ],
)
async def test_what_only_resembles_a_notice_is_an_answer(answer: str, ask: Asking) -> None:
    for pieces in ([answer.encode()], [bytes([b]) for b in answer.encode()]):
        heard = await ask("yqcloud", pieces)
        assert (heard.error, heard.text) == (None, answer)


async def test_a_body_that_ends_inside_a_character_was_cut(ask: Asking) -> None:
    error = (await ask("yqcloud", "Привет".encode()[:-1])).failed()
    assert isinstance(error, IncompleteAnswer)


def test_a_text_is_held_back_no_longer_than_it_must() -> None:
    assert undecided("", "yqcloud")
    assert undecided("Sor", "yqcloud")
    assert undecided('{ "co', "yqcloud")
    assert not undecided("Sorr!", "yqcloud")
    assert not undecided('{"name"', "yqcloud")
    assert not undecided('{"code": "' + "x" * 5000, "yqcloud")
    assert not undecided("流量", "chatgptt")  # another service's words


def test_what_it_declares_is_what_it_is() -> None:
    assert (Yqcloud.access, Yqcloud.default_model, Yqcloud.models) == (
        "keyless", "gpt-4", ("gpt-4",),
    )  # fmt: skip
    assert Yqcloud.api_endpoint == "https://api.binjie.fun/api/generateStream"
    assert Yqcloud.supports_system_message
    assert Yqcloud.supports_message_history
