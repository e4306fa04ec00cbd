"""Bodies, frames and lists, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmchat.errors import LlmchatError, NotAnAnswer, RateLimited, ServiceError
from llmchat.providers.base import Model
from llmchat.providers.formats.chat_frames import WholeReader
from llmchat.providers.gigachat.files import (
    LARGEST_IMAGE,
    check_limits,
    content_id,
    file_id,
    limit_for,
)
from llmchat.providers.gigachat.frames import (
    Balance,
    Frames,
    balances_in,
    counts_in,
    models_in,
    payload,
)
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning, Stage, Usage
from llmchat.values.messages import Attachment, Message, Request
from tests.servers.gigachat import ANSWER, DONE, USAGE, frame

HI = Message("user", "Hi")
PNG = Attachment("a.png", "image/png", b"\x89PNG")


def events(stream: bytes, *, cut: int = 0) -> list[Event]:
    reader = Frames("asked", request_id="r")
    pieces = [stream[:cut], stream[cut:]] if cut else [stream]
    return [*(e for piece in pieces for e in reader.feed(piece)), *reader.close()]


def texts(found: list[Event]) -> str:
    return "".join(e.text for e in found if isinstance(e, Delta))


def test_the_body_is_the_one_of_the_original_documents() -> None:
    assert payload(Request("GigaChat-2", (HI,))) == {
        "model": "GigaChat-2",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "update_interval": 0,
    }


def test_options_go_into_the_body_and_none_takes_a_field_out() -> None:
    options: dict[str, Any] = {"temperature": 0.1, "update_interval": None, "max_tokens": 5}
    body = payload(Request("m", (HI,), options=options, stream=False))
    assert body["temperature"] == 0.1
    assert body["max_tokens"] == 5
    assert body["stream"] is False
    assert "update_interval" not in body


def test_system_messages_become_one_in_front_whatever_their_name() -> None:
    said = (HI, Message("developer", "Be brief."), Message("system", "Be kind."))
    assert payload(Request("m", said))["messages"] == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "Hi"},
    ]


def test_uploaded_files_stand_beside_their_message() -> None:
    request = Request("m", (Message("user", "What is this?", (PNG,)),))
    body = payload(request, {content_id(PNG): "file-1"})
    assert body["messages"][0]["attachments"] == ["file-1"]


def test_the_recorded_stream_gives_text_usage_and_finish() -> None:
    assert events(ANSWER) == [
        Delta("При"),
        Delta("вет!"),
        Usage(17, 3, 20, 2),
        Finish("stop", "GigaChat:2.0.28.2", "r"),
    ]


def test_a_cut_between_any_two_bytes_changes_nothing() -> None:
    whole = events(ANSWER)
    assert [cut for cut in range(1, len(ANSWER)) if events(ANSWER, cut=cut) != whole] == []


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("length", "length"), ("blacklist", "filter"), ("function_call", "tool_calls")],
)
def test_each_finish_reason_keeps_its_meaning(reason: str, finish: str) -> None:
    last = events(frame("text", finish=reason) + DONE)[-1]
    assert isinstance(last, Finish)
    assert last.reason == finish


def test_the_canned_text_of_a_refusal_is_shown() -> None:
    found = events(frame("Не могу.") + frame(finish="blacklist") + DONE)
    assert texts(found) == "Не могу."


def test_the_finish_reason_error_is_an_error() -> None:
    with pytest.raises(ServiceError):
        events(frame("half") + frame(finish="error") + DONE)


def test_an_error_inside_the_stream_is_read_by_its_status() -> None:
    with pytest.raises(RateLimited):
        events(frame("half") + b'data: {"status":429,"message":"Too many requests"}\n\n')


def test_the_text_of_a_running_tool_is_no_answer() -> None:
    running = frame("searching...", role="function_in_progress")
    found = events(running + frame("Paris") + frame(finish="stop") + DONE)
    assert texts(found) == "Paris"
    assert found[0] == Stage("using one of its own tools: searching...", 600)


def test_reasoning_is_kept_apart() -> None:
    found = events(frame("", reasoning_content="hm") + frame("Yes", finish="stop") + DONE)
    assert found[:2] == [Reasoning("hm"), Delta("Yes")]


def test_a_function_call_is_told() -> None:
    call = {"name": "weather", "arguments": {"city": "Омск"}}
    found = events(frame("", function_call=call, finish="function_call") + DONE)
    assert found[0] == Notice('the model calls the function weather with {"city": "Омск"}')


def whole(body: bytes) -> list[Event]:
    reader = WholeReader(Frames("asked"), "application/json")
    return [*reader.feed(body), *reader.close()]


def test_a_whole_answer_gives_the_same_events() -> None:
    message = {"content": "Hello.", "role": "assistant"}
    choice = {"message": message, "index": 0, "finish_reason": "stop"}
    body = json.dumps({"choices": [choice], "model": "GigaChat:2", "usage": USAGE}).encode()
    assert whole(body) == [Delta("Hello."), Usage(17, 3, 20, 2), Finish("stop", "GigaChat:2")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"status":429,"message":"Too many requests"}', RateLimited),
        (b'{"message":"hm"}', NotAnAnswer),
        (b"<html>", NotAnAnswer),
        (b"", NotAnAnswer),
        (b"[]", NotAnAnswer),
    ],
)
def test_anything_else_with_status_200_is_an_error(body: bytes, kind: type[LlmchatError]) -> None:
    with pytest.raises(kind):
        whole(body)


def test_only_chat_models_are_listed() -> None:
    rows = [{"id": "GigaChat-2", "type": "chat"}, {"id": "E", "type": "embedder"}, {"id": "Old"}]
    listed = models_in(json.dumps({"data": rows}).encode(), "application/json")
    assert listed == (Model("GigaChat-2"), Model("Old"))


def test_balances_and_counts_are_read() -> None:
    assert balances_in(b'{"balance":[{"usage":"GigaChat","value":5}]}', "") == (
        Balance("GigaChat", 5),
    )
    assert counts_in(b'[{"object":"tokens","tokens":4,"characters":13}]', "", 1) == (4,)


@pytest.mark.parametrize("read", [models_in, balances_in])
@pytest.mark.parametrize("body", [b'{"balance": 3, "data": 4}', b"{}", b"[]", b"<html>", b""])
def test_a_list_that_is_none_is_no_answer(read: Any, body: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        read(body, "application/json")


@pytest.mark.parametrize(
    "body", [b'[{"no": 1}]', b"[]", b"{}", b'[{"tokens": -4}]', b'[{"tokens": 1}, {"tokens": 2}]']
)
def test_a_count_that_is_not_one_of_each_text_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="cannot read the token count"):
        counts_in(body, "application/json", 1)


@pytest.mark.parametrize("value", [b"NaN", b"1e999", b'"inf"', b"null"])
def test_a_balance_that_is_no_number_is_no_answer(value: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="cannot read the balance"):
        balances_in(b'{"balance":[{"usage":"GigaChat","value":%s}]}' % value, "application/json")


def test_limits_are_checked_with_names_and_sizes() -> None:
    big = Attachment("big.png", "image/png", bytes(LARGEST_IMAGE + 1))
    with pytest.raises(
        LlmchatError, match=r"big\.png is 15 MB; GigaChat accepts up to 15 MB of image"
    ):
        check_limits([big])
    with pytest.raises(LlmchatError, match="11 images"):
        check_limits([PNG] * 11)
    with pytest.raises(LlmchatError, match="is empty"):
        check_limits([Attachment("none.txt", "text/plain", b"")])
    sound = Attachment("t.mp3", "audio/mpeg", bytes(30 * 1024 * 1024))
    with pytest.raises(LlmchatError, match="the files total 90 MB"):
        check_limits([sound] * 3)
    check_limits([PNG] * 10)


def test_unknown_kinds_have_the_limit_of_text() -> None:
    assert limit_for("application/pdf") == limit_for("text/plain")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id": 3}', b"[]"])
def test_an_upload_without_a_name_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        file_id(body)
