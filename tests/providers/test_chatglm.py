"""ChatGLM: the complete request, frames of every kind, and each way in which it fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmchat.errors import (
    AuthError,
    Blocked,
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    RateLimited,
    ServiceError,
    Unavailable,
    UnknownModel,
)
from llmchat.providers.keyless.chatglm import ChatGLM
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Finish, Notice
from llmchat.values.messages import Attachment, Message, Request
from tests.providers.conftest import Asking, Heard
from tests.servers.dialogues import GUEST, frames, guest_frame
from tests.servers.network import body
from tests.servers.scripted import HTML, JSON

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
META = {
    "if_plus_model": False,
    "is_test": False,
    "input_question_type": "xxxx",
    "channel": "",
    "draft_id": "",
    "quote_log_id": "",
    "platform": "pc",
}
QUOTA = "您已多次体验过对话, 请登录后继续使用"


def sent_body(text: str) -> dict[str, Any]:
    return {
        "assistant_id": "65940acff94777010aa6b796",
        "conversation_id": "",
        "meta_data": META,
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}],
    }


async def test_the_request_is_the_documented_one(ask: Asking) -> None:
    heard = await ask("chatglm", GUEST)
    (request,) = heard.requests
    assert request.method == "POST"
    assert str(request.url) == "https://chatglm.cn/chatglm/mainchat-api/guest/stream"
    headers = dict(request.headers)
    device = headers.pop("x-device-id")
    assert len(device) == 32
    int(device, 16)
    for name in ("host", "content-length", "connection", "accept-encoding"):
        headers.pop(name)
    assert headers == {
        "accept": "text/event-stream",
        "accept-language": "en-US,en;q=0.9",
        "app-name": "chatglm",
        "authorization": "undefined",
        "content-type": "application/json",
        "origin": "https://chatglm.cn",
        "user-agent": CHROME,
        "x-app-platform": "pc",
        "x-app-version": "0.0.1",
    }
    assert sent(heard) == sent_body("Hi")


def sent(heard: Heard) -> Any:

    return json.loads(heard.requests[-1].content)


async def test_each_call_has_a_device_of_its_own(ask: Asking) -> None:
    devices = {(await ask("chatglm", GUEST)).requests[0].headers["x-device-id"] for _ in range(3)}
    assert len(devices) == 3


async def test_history_and_system_message_are_flattened_into_one_question(ask: Asking) -> None:
    heard = await ask(
        "chatglm",
        GUEST,
        Message("system", "Be brief"),
        Message("user", "Hi"),
        Message("assistant", "Hello"),
        Message("user", "Name?"),
    )
    assert sent(heard) == sent_body(
        "User: Be brief\n\nHi\nAssistant: Hello\nUser: Name?\nAssistant:"
    )
    assert sent(await ask("chatglm", GUEST, Message("system", "S"), Message("user", "Hi"))) == (
        sent_body("S\n\nHi")
    )


async def test_a_moved_service_is_asked_at_its_new_address(ask: Asking) -> None:
    heard = await ask("chatglm", GUEST, endpoint=Endpoint(base_url="https://new.example/x/"))
    assert str(heard.requests[0].url) == "https://new.example/x/chatglm/mainchat-api/guest/stream"


async def test_files_of_earlier_questions_are_not_sent_and_that_is_said(ask: Asking) -> None:
    seen = Message("user", "What is it?", (Attachment("cat.png", "image/png", b"\x89PNG"),))
    heard = await ask("chatglm", GUEST, seen, Message("assistant", "A cat"), Message("user", "Hi"))
    assert heard.events[0] == Notice("chatglm does not take files; not sent: cat.png")
    assert heard.finish


async def test_options_are_not_sent_and_that_is_said(ask: Asking) -> None:
    told = Notice("chatglm does not take options; ignored: temperature")
    heard = await ask("chatglm", GUEST, options={"temperature": 0})
    assert heard.events[0] == told
    of_flag = await ask("chatglm", GUEST, endpoint=Endpoint(options={"temperature": 0}))
    assert of_flag.events[0] == told
    asked = Request("", (Message("user", "Hello"),), options={"temperature": 0})
    assert ChatGLM().prepare(asked).options == {}
    assert sent(heard) == sent_body("Hi")


async def test_a_model_that_is_not_listed_is_refused_before_anything_is_sent(ask: Asking) -> None:
    heard = await ask("chatglm", GUEST, model="glm-5")
    assert isinstance(heard.error, UnknownModel)
    assert (heard.requests, "glm-4" in heard.error.hint) == ([], True)


EXAMPLE_1 = (
    b'data: {"id":"6808af1b","conversation_id":"c","parts":[],"status":"init","last_error":{},'
    b'"meta_data":{}}\n\nevent:message\ndata: {"parts":[{"id":"p1","logic_id":"l1","content":'
    b'[{"type":"text","text":"Hel","status":"init"}],"status":"init","model":"glm-4",'
    b'"meta_data":{}}],"status":"init"}\n\ndata: {"parts":[{"logic_id":"l1","content":'
    b'[{"type":"text","text":"Hello!","status":"finish"}],"status":"finish"}],'
    b'"status":"finish"}\n\n'
)


async def test_the_documented_cumulative_stream(ask: Asking) -> None:
    heard = await ask("chatglm", EXAMPLE_1)
    texts = [getattr(event, "text", event) for event in heard.events]
    assert texts == ["Hel", "lo!", Finish("stop", "glm-4")]


@pytest.mark.parametrize("prefix", ["data:", "data: ", "data:  "])
async def test_blanks_after_the_field_name_do_not_matter(prefix: str, ask: Asking) -> None:
    stream = EXAMPLE_1.replace(b"data: ", prefix.encode())
    assert (await ask("chatglm", stream)).text == "Hello!"


def said(*texts: str, last: str | None = None, **meta: Any) -> bytes:
    more: dict[str, Any] = {"meta_data": meta} if meta else {}
    middle = [guest_frame(text, **more) for text in texts]
    return frames(*middle, guest_frame(texts[-1] if last is None else last, "finish", **more))


STREAMS = {
    "increments and a snapshot": (said("Hel", "lo!", last="Hello!"), "Hello!"),
    "increments and a last increment": (said("Hel", "lo", last="!"), "Hello!"),
    "growing": (said("H", "Hel", "Hello!"), "Hello!"),
    "a repetition before it grows": (said("Hel", "Hel", "Hello!"), "Hello!"),
    "the same increment twice": (said("ha", "ha", last="haha"), "haha"),
    "the same increment three times": (said("ha", "ha", "ha", last="hahaha"), "hahaha"),
    "the same increment twice, no snapshot": (said("ha", "ha", "!", last="?"), "haha!?"),
    "one repetition and the end": (said("ha", "ha", last="ha"), "ha"),
    "increments by declaration": (
        said("a", "ab", "a", last="aaba", if_increase_push=True), "aaba",
    ),
    "a snapshot alone": (said("Hello!"), "Hello!"),
    "empty texts between": (said("", "Hel", "", "Hello!"), "Hello!"),
    "citations": (said("A【12†source】B", last="A【12†source】B【3†来源】"), "AB"),
    "a citation in pieces": (said("A【1", "2†sou", "rce】B", last="A【12†source】B"), "AB"),
    "brackets that are no citation": (said("【a】", "【", last="【a】【"), "【a】【"),
}  # fmt: skip


@pytest.mark.parametrize(("stream", "expected"), STREAMS.values(), ids=STREAMS)
async def test_growing_and_adding_frames_give_the_same_text(
    stream: bytes, expected: str, ask: Asking
) -> None:
    heard = await ask("chatglm", stream)
    assert (heard.error, heard.text) == (None, expected)


async def test_thoughts_are_reasoning_and_parts_are_paragraphs(ask: Asking) -> None:
    def parts(*texts: tuple[str, str, str], status: str = "init") -> dict[str, Any]:
        return {
            "parts": [
                {"logic_id": name, "content": [{"type": kind, kind: text}]}
                for name, kind, text in texts
            ],
            "status": status,
        }

    stream = frames(
        parts(("a", "think", "Hm")),
        parts(("a", "think", "Hmm"), ("b", "text", "One")),
        parts(("a", "think", "Hmm"), ("b", "text", "One"), ("c", "text", "Two"), status="finish"),
    )
    heard = await ask("chatglm", stream)
    assert (heard.reasoning, heard.text) == ("Hmm", "One\n\nTwo")


async def test_other_kinds_of_content_and_odd_shapes_are_passed_over(ask: Asking) -> None:
    odd: list[Any] = [
        {"parts": None, "status": "init"},
        {"parts": ["x", {"content": None}, {"content": ["y", {"type": "text", "text": 5}]}]},
        {"parts": [{"content": [{"type": "image", "image": []}, {"type": "code", "code": "x"}]}]},
        {"meta_data": None, "last_error": None, "status": None},
    ]
    heard = await ask("chatglm", frames(*odd) + GUEST)
    assert (heard.error, heard.text) == (None, "Привет, 你好! 👋")


async def test_nothing_is_read_after_the_finish_frame(ask: Asking) -> None:
    heard = await ask("chatglm", GUEST + frames({"status": "error"}))
    assert (heard.error, heard.events[-1]) == (None, Finish("stop", "glm-4"))


async def test_a_stream_under_another_name_is_still_a_stream(ask: Asking) -> None:
    for kind in ("", "text/plain", JSON, HTML):
        assert (await ask("chatglm", GUEST, content_type=kind)).error is None


def told(message: str) -> bytes:
    return json.dumps({"status": 1, "message": message}).encode()


ZAI = "llmchat auth zai"
FRAME = guest_frame("Hi", "error", last_error={"err_msg": "it broke"})
FAILURES: dict[str, tuple[int, str, bytes, type[LlmchatError], str, str]] = {
    "guest quota": (200, JSON, frames({"status": 500, "message": QUOTA, "result": None})[6:],
                    AuthError, QUOTA[-8:], ZAI),
    "guest quota as a frame": (200, "", frames({"status": 500, "message": QUOTA}),
                               AuthError, QUOTA[-8:], ZAI),
    "busy": (429, JSON, b'{"status":10061,"message":"\xe8\xaf\xb7"}', RateLimited, "", "wait"),
    "busy, status 200": (200, JSON, '{"status":10061,"message":"请等待其他对话生成完毕"}'.encode(),
                         RateLimited, "another answer", "wait"),
    "too frequent": (200, JSON, '{"code":10061,"message":"请求过于频繁"}'.encode(),
                     RateLimited, "too many", "wait"),
    "no sign": (200, JSON, b'{"code":40011,"message":"missing sign"}', ServiceError, "40011", ZAI),
    "stale sign": (200, JSON, b'{"code":40014,"message":""}', ServiceError, "40014", ZAI),
    "no device": (200, JSON, b'{"code":40001,"message":"x"}', ServiceError, "40001", ZAI),
    "no user agent": (200, JSON, b'{"code":"40002","message":"x"}', ServiceError, "40002", ZAI),
    "token expired": (200, JSON, b'{"code":401,"message":"expired"}', AuthError, "expired", ZAI),
    "token expired in words": (200, JSON, b'{"status":1,"message":"40102 expired"}',
                               AuthError, "40102", ZAI),
    "queue": (200, JSON, told("排队中"), RateLimited, "排队中", "later"),
    "peak": (200, JSON, told("高峰期"), RateLimited, "高峰期", "later"),
    "membership": (200, JSON, told("请开通会员"), AuthError, "会员", ZAI),
    "permission": (200, JSON, told("权限不足"), AuthError, "权限", ZAI),
    "login": (200, JSON, told("请登录后重试"), AuthError, "请登录", ZAI),
    "zero bytes": (200, "", b"", EmptyAnswer, "empty", "again"),
    "error frame": (200, "", frames(FRAME), IncompleteAnswer, "it broke", "-c"),
    "error frame first": (200, "", frames({"status": "error", "last_error": {"message": "no"}}),
                          ServiceError, "no", ZAI),
    "error part": (200, "", frames({"parts": [{"status": "error", "error": {"message": "bad"}}]}),
                   ServiceError, "bad", ZAI),
    "code in last_error": (200, "", frames({"last_error": {"error_code": 10061}}),
                           RateLimited, "busy", "wait"),
    "filter": (200, "", frames(guest_frame("Hi"), {"status": "intervene", "last_error":
               {"intervene_text": "\x1b[31mchange the topic"}}), Filtered, "change", "rephrase"),
    "page": (200, HTML, b"<!DOCTYPE html><p>login", NotAnAnswer, "web page", "gateway"),
    "page with 403": (403, HTML, b"<html>", Blocked, "denied access", "another network"),
    "page with 405": (405, HTML, b"<html>", NotAnAnswer, "web page", "base_url"),
    "page with 502": (502, HTML, b"<html>", Unavailable, "502", "later"),
    "JSON without a reason": (200, JSON, b'{"status":9}', ServiceError, "no reason given", ZAI),
    "garbage in a frame": (200, "", b"data: {oops\n\n", NotAnAnswer, "invalid data", "doctor"),
    "no finish frame": (200, "", frames(guest_frame("Hi")), IncompleteAnswer, "finish mark", "-c"),
    "text": (200, "text/plain", b"hello there", NotAnAnswer, "hello there", "base_url"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind", "reply", "ours", "words", "hint"), FAILURES.values(), ids=FAILURES
)
async def test_each_failure_has_its_kind_its_words_and_a_next_step(
    status: int,
    kind: str,
    reply: bytes,
    ours: type[LlmchatError],
    words: str,
    hint: str,
    ask: Asking,
) -> None:
    answer = body([reply], kind or "text/event-stream", status=status)
    error = (await ask("chatglm", answer)).failed()
    assert (type(error), words in error.message, hint in error.hint) == (ours, True, True), (
        error.message, error.hint,
    )  # fmt: skip
    assert "\x1b" not in error.message
    assert (await ask("chatglm", body([reply], kind, status=status))).finish is None


async def test_a_busy_service_may_be_asked_again(ask: Asking) -> None:
    reply = body(
        [b'{"status":10061,"message":"x"}'], JSON, status=429, headers=[("retry-after", "7")]
    )
    error = (await ask("chatglm", reply)).failed()
    assert (error.repeat, error.retry_after) == ("free", 7)


def test_what_it_declares_is_what_it_is() -> None:
    assert ChatGLM.access == "keyless"
    assert ChatGLM.api_endpoint == "https://chatglm.cn/chatglm/mainchat-api/guest/stream"
    assert (ChatGLM.default_model, ChatGLM.models) == ("glm-4", ("glm-4",))
    assert not ChatGLM.supports_system_message
    assert not ChatGLM.supports_message_history
    assert not ChatGLM.needs_auth
    assert "Zhipu" in ChatGLM.operator


async def test_guests_that_are_refused_are_shown_the_official_way(ask: Asking) -> None:
    said = json.dumps({"status": 40011, "message": "请登录后继续使用"}).encode()
    for reply in (said, frames({"status": "error", "last_error": {"error_code": 401}})):
        heard = await ask("chatglm", reply)
        assert "requires a login" in heard.failed().message
        assert "llmchat auth zai" in heard.failed().hint
