"""The OpenAI language: complete requests, frames, whole answers, errors by code, models."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from llmchat.errors import (
    AuthError,
    BadRequest,
    ConfigError,
    EmptyAnswer,
    Filtered,
    IncompleteAnswer,
    LlmchatError,
    MissingAuthError,
    NotAnAnswer,
    ProxyError,
    QuotaExceeded,
    RateLimited,
    ServiceError,
    Timeout,
    TooLong,
    Unavailable,
    UnknownModel,
)
from llmchat.providers import load
from llmchat.providers.base import Model
from llmchat.providers.presets import PRESETS
from llmchat.values.calls import ToolSpec
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Fallback, Finish, Reasoning, Refusal, Usage
from llmchat.values.messages import Attachment, Message, Request
from llmchat.values.secret import Secret
from tests.providers.conftest import KEY, Asking, Heard, told
from tests.servers.dialogues import CHAT, bare_piece, chat_piece, frames
from tests.servers.network import Network, body
from tests.servers.scripted import HTML, JSON, SSE, Asked

DONE = "[DONE]"


def sent(heard: Heard) -> Any:
    return json.loads(heard.requests[-1].content)


async def test_the_request_is_the_documented_one(ask: Asking) -> None:
    heard = await ask("openai", CHAT, model="gpt-x")
    (request,) = heard.requests
    assert (request.method, str(request.url)) == (
        "POST", "https://api.openai.com/v1/chat/completions",
    )  # fmt: skip
    headers = dict(request.headers)
    for name in ("host", "content-length", "connection", "accept-encoding", "user-agent"):
        headers.pop(name)
    assert headers == {
        "accept": SSE,
        "authorization": f"Bearer {KEY.reveal()}",
        "content-type": JSON,
    }
    assert sent(heard) == {
        "model": "gpt-x",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_history_and_system_message_go_as_they_are(ask: Asking) -> None:
    said = [("system", "S"), ("user", "Hi"), ("assistant", "Hello"), ("user", "Name?")]
    heard = await ask("openai", CHAT, *[Message(*m) for m in said], model="m")
    assert sent(heard)["messages"] == [{"role": r, "content": t} for r, t in said]


async def test_options_join_the_body_and_none_takes_a_field_out(ask: Asking) -> None:
    options = {"temperature": 0.1, "stream_options": None}
    heard = await ask("openai", CHAT, model="m", options=options)
    assert {"model", "messages", "stream", "temperature"} == set(sent(heard))


async def test_options_of_the_endpoint_stand_below_those_of_the_question(ask: Asking) -> None:
    endpoint = Endpoint(options={"temperature": 1, "top_p": 0.5})
    heard = await ask("openai", CHAT, model="m", options={"temperature": 0}, endpoint=endpoint)
    assert (sent(heard)["temperature"], sent(heard)["top_p"]) == (0, 0.5)


async def test_a_request_without_streaming_asks_for_json(ask: Asking) -> None:
    whole = {"choices": [{"message": {"content": "Hello!"}, "finish_reason": "length"}]}
    usage = {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}
    reply = json.dumps({**whole, "usage": usage, "model": "served"}).encode()
    heard = await ask("openai", reply, content_type=JSON, model="m", stream=False)
    assert (sent(heard)["stream"], "stream_options" in sent(heard)) == (False, False)
    assert heard.requests[0].headers["accept"] == JSON
    assert heard.events == [
        Delta("Hello!"), Usage(1, None, None, 1), Finish("length", "served"),
    ]  # fmt: skip


async def test_attachments_become_parts(ask: Asking) -> None:
    image = Attachment("a.png", "image/png", b"\x01")
    paper = Attachment("a.pdf", "application/pdf", b"\x02")
    heard = await ask("openai", CHAT, Message("user", "See", (image, paper)), model="m")
    assert sent(heard)["messages"][0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQ=="}},
        {"type": "file", "file": {
            "filename": "a.pdf", "file_data": "data:application/pdf;base64,Ag=="}},
    ]  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
async def test_every_preset_is_asked_at_its_own_address_with_its_own_model(
    name: str, ask: Asking
) -> None:
    preset = PRESETS[name]

    def answer(asked: Asked) -> httpx.Response:
        if asked.method == "GET":
            return body([b'{"data":[{"id":"listed"}]}'], JSON)
        return body([CHAT])

    heard = await ask(name, answer)
    assert heard.error is None
    assert str(heard.requests[-1].url) == f"{preset.base_url}/chat/completions"
    assert sent(heard)["model"] == (preset.model or "listed")
    assert ("stream_options" in sent(heard)) is preset.asks_usage


async def test_a_local_server_needs_no_key_and_an_own_address_may_go_without(ask: Asking) -> None:
    for name, endpoint in (
        ("ollama", Endpoint(model="m")),
        ("openai", Endpoint(model="m", base_url="https://gateway.example/v1/")),
    ):
        network = Network(lambda asked: body([CHAT]))
        provider = load(name)(endpoint, name=name, http=network)
        events = [e async for e in provider.stream(Request("", (Message("user", "Hi"),)))]
        assert isinstance(events[-1], Finish)
        assert "authorization" not in network.requests[0].headers


@pytest.mark.parametrize(("name", "label"), [("openai", "OpenAI"), ("deepseek", "DeepSeek")])
async def test_without_a_key_nothing_is_sent(name: str, label: str) -> None:
    network = Network(lambda asked: body([CHAT]))
    provider = load(name)(Endpoint(), name=name, http=network)
    with pytest.raises(MissingAuthError, match=f"not signed in to {label}") as caught:
        async for _ in provider.stream(Request("m", (Message("user", "Hi"),))):
            pass
    assert (network.requests, caught.value.hint) == ([], f"sign in with: llmchat auth {name}")


async def test_thoughts_usage_model_and_request_id_are_kept(ask: Asking) -> None:
    stream = frames(
        {"model": "served", "choices": [{"delta": {"role": "assistant", "content": None}}]},
        {"choices": [{"delta": {"reasoning_content": "Hm"}}]},
        {"choices": [{"delta": {"reasoning": "m"}}]},
        {"choices": [{"delta": {"content": [{"type": "text", "text": "He"}, 5, {"x": 1}]}}]},
        {"choices": [{"delta": {"refusal": "llo"}}]},
        {"choices": [{"index": 1, "delta": {"content": "another answer"}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": True}},
        DONE,
    )
    reply = body([stream], headers=[("x-request-id", "r-7")])
    heard = await ask("openai", reply, model="m")
    assert heard.events == [
        Reasoning("Hm"), Reasoning("m"), Delta("He"), Refusal("llo"),
        Usage(1, None, None, None), Finish("stop", "served", "r-7", refused=True),
    ]  # fmt: skip


@pytest.mark.parametrize("count", [-1, 2**53, 10**400, 1.5, "12", None, True, [3]])
async def test_a_count_that_counts_nothing_is_not_known(ask: Asking, count: object) -> None:
    said = {"prompt_tokens": count, "completion_tokens": 0, "total_tokens": 2**53 - 1}
    reply = body([frames(chat_piece("Hi", "stop"), {"choices": [], "usage": said}, DONE)])
    assert (await ask("openai", reply, model="m")).usage == Usage(None, 0, 2**53 - 1, None)


FINISHES = {
    "stop": "stop", "length": "length", "content_filter": "filter", "sensitive": "filter",
    "tool_calls": "tool_calls", "function_call": "tool_calls", "something new": "stop",
}  # fmt: skip


@pytest.mark.parametrize(("reason", "expected"), FINISHES.items())
async def test_reasons_of_the_end_are_told_apart(reason: str, expected: str, ask: Asking) -> None:
    heard = await ask("openai", frames(chat_piece("Hi"), chat_piece("", reason)), model="m")
    assert heard.finish is not None
    assert heard.finish.reason == expected


@pytest.mark.parametrize(
    "end",
    [
        frames(DONE), b"data: [DONE]", b"data:[DONE]\r\n\r\n", frames(chat_piece("", "stop")),
        frames(chat_piece("", "stop")).rstrip(), frames(chat_piece("", "stop"), DONE, DONE),
        frames(DONE) + b"data: {garbage",
    ],
)  # fmt: skip
async def test_each_form_of_the_end_is_an_end(end: bytes, ask: Asking) -> None:
    heard = await ask("openai", frames(bare_piece("Hi")) + end, model="m")
    assert (heard.error, heard.text) == (None, "Hi")


async def test_a_stream_of_null_reasons_that_never_names_one_is_incomplete(ask: Asking) -> None:
    """llama-cpp-python ends one answer so when another request comes."""
    heard = await ask("openai", frames(chat_piece("Hi"), chat_piece(" you"), DONE), model="m")
    assert (heard.text, heard.failed().exit_code) == ("Hi you", 10)


async def test_an_event_without_data_is_ignored(ask: Asking) -> None:
    pieces = [b"data:\n\n", frames(bare_piece("Hi")), b"data: \n\ndata\n\n", frames(DONE)]
    heard = await ask("openai", pieces, model="m")
    assert (heard.error, heard.text) == (None, "Hi")


@pytest.mark.parametrize("kind", ["", JSON, "text/plain", HTML, "TEXT/EVENT-STREAM; charset=x"])
async def test_a_reply_is_read_by_what_it_is_and_not_by_its_name(kind: str, ask: Asking) -> None:
    assert (await ask("openai", CHAT, content_type=kind, model="m")).error is None
    whole = b' {"choices":[{"message":{"content":"Hi"}}]}'
    heard = await ask("openai", whole, content_type=kind, model="m")
    assert (heard.error, heard.text) == (None, "Hi")


FAILURES: dict[str, tuple[int, str, bytes, type[LlmchatError], int]] = {
    "401": (401, JSON, b'{"error":{"message":"bad"}}', AuthError, 4),
    "402": (402, JSON, b"{}", QuotaExceeded, 7),
    "403": (403, JSON, b"{}", AuthError, 4),
    "404": (404, JSON, b'{"error":{"message":"no such model"}}', UnknownModel, 2),
    "404 page": (404, HTML, b"<html>", NotAnAnswer, 8),
    "407": (407, JSON, b"{}", ProxyError, 5),
    "408": (408, JSON, b"{}", Timeout, 6),
    "413": (413, JSON, b"{}", TooLong, 2),
    "422": (422, JSON, b'{"detail":[{"msg":"bad field"}]}', BadRequest, 2),
    "429": (429, JSON, b"{}", RateLimited, 7),
    "429 quota": (429, JSON, b'{"error":{"code":"insufficient_quota"}}', QuotaExceeded, 7),
    "500": (500, JSON, b"{}", Unavailable, 8),
    "529": (529, JSON, b"{}", Unavailable, 8),
    "418": (418, JSON, b"{}", ServiceError, 8),
    "302": (302, HTML, b"", ServiceError, 8),
    "204": (204, "", b"", EmptyAnswer, 8),
    "empty": (200, SSE, b"", EmptyAnswer, 8),
    "comments alone": (200, SSE, b": ping\n\n: ping\n\n", EmptyAnswer, 8),
    "page": (200, HTML, b"<!doctype html><title>Sign in", NotAnAnswer, 8),
    "page as a stream": (200, SSE, b"<!doctype html><title>Sign in", NotAnAnswer, 8),
    "JSON that is no answer": (200, JSON, b'{"hello":1}', NotAnAnswer, 8),
    "a list": (200, JSON, b"[]", NotAnAnswer, 8),
    "JSON error": (200, JSON, b'{"error":{"message":"x"}}', ServiceError, 8),
    "error text": (200, JSON, b'{"error":"x"}', ServiceError, 8),
    "error object": (200, SSE, frames({"object": "error", "message": "x"}), ServiceError, 8),
    "error event": (200, SSE, b'event: error\ndata: {"message":"x"}\n\n', ServiceError, 8),
    "error with a status": (200, SSE, frames({"error": {"code": 429, "message": "x"}}),
                            RateLimited, 7),
    "empty answer": (200, SSE, frames(chat_piece("", "stop"), DONE), EmptyAnswer, 8),
    "network_error": (200, SSE, frames(chat_piece("", "network_error")), ServiceError, 8),
    "error after text": (200, SSE, frames(chat_piece("a"), {"error": {"message": "x"}}),
                         IncompleteAnswer, 10),
    "garbage after text": (200, SSE, frames(chat_piece("a"), "{x"), IncompleteAnswer, 10),
    "no mark": (200, SSE, frames(chat_piece("a")), IncompleteAnswer, 10),
    "no mark, no text": (200, SSE, frames({"choices": []}), IncompleteAnswer, 10),
    "deep": (200, SSE, b"data: " + b"[" * 100_000 + b"\n\n", NotAnAnswer, 8),
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind", "reply", "ours", "code"), FAILURES.values(), ids=FAILURES
)
async def test_each_failure_has_its_kind_and_a_next_step(
    status: int, kind: str, reply: bytes, ours: type[LlmchatError], code: int, ask: Asking
) -> None:
    heard = await ask("openai", body([reply], kind, status=status), model="m")
    error = heard.failed()
    assert (type(error), error.exit_code, bool(error.hint)) == (ours, code, True), error.message
    assert heard.finish is None


ZAI: dict[str, tuple[int, type[LlmchatError], int]] = {
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), (401, AuthError, 4)),
    **dict.fromkeys(("1110", "1111", "1112", "1120", "1121"), (401, AuthError, 4)),
    "1113": (429, QuotaExceeded, 7),
    **dict.fromkeys(("1210", "1213", "1214"), (400, BadRequest, 2)),
    "1211": (400, UnknownModel, 2),
    "1261": (400, TooLong, 2),
    "1301": (400, Filtered, 9),
    **dict.fromkeys(("1302", "1303", "1305", "1312"), (429, RateLimited, 7)),
    **dict.fromkeys(("1304", "1308", "1309", "1310"), (429, QuotaExceeded, 7)),
}


@pytest.mark.parametrize("code", ZAI)
async def test_every_code_of_zai_has_its_kind(code: str, ask: Asking) -> None:
    status, ours, exit_code = ZAI[code]
    data = {"error": {"code": code, "message": "what it says"}}
    for reply in (
        body([json.dumps(data).encode()], JSON, status=status),
        body([frames(data)]),
    ):
        error = (await ask("zai", reply)).failed()
        assert (type(error), error.exit_code, bool(error.hint)) == (ours, exit_code, True)
        assert error.message == "what it says"


async def test_no_balance_is_not_asked_again_and_names_a_free_model(ask: Asking) -> None:
    reply = body([b'{"error":{"code":"1113","message":"x"}}'], JSON, status=429)
    heard = await ask("zai", reply, endpoint=Endpoint(retries=2))
    assert (len(heard.requests), "glm-4.7-flash" in heard.failed().hint) == (1, True)


async def test_a_limit_is_waited_out_and_the_answer_comes(ask: Asking) -> None:
    replies = [
        body([b"{}"], JSON, status=429, headers=[("retry-after", "0")]),
        body([CHAT]),
    ]
    heard = await ask("openai", lambda asked: replies.pop(0), endpoint=Endpoint(), model="m")
    assert [type(event) for event in heard.events[:2]] == [Fallback, Delta]
    assert len(heard.requests) == 2


async def test_a_wait_that_is_too_long_is_told_instead(ask: Asking) -> None:
    reply = body([b"{}"], JSON, status=429, headers=[("retry-after", "3600")])
    heard = await ask("openai", reply, endpoint=Endpoint(), model="m")
    error = heard.failed()
    assert (len(heard.requests), error.retry_after) == (1, 3600)
    assert "3600 s" in error.hint


async def test_a_key_that_the_service_repeats_is_masked(ask: Asking) -> None:
    key = Secret("sk-canary-1234567890")
    said = json.dumps({"error": {"message": f"Incorrect API key: {key.reveal()}\x1b[31m\n."}})
    reply = body([said.encode()], JSON, status=401)
    error = (await ask("openai", reply, endpoint=Endpoint(api_key=key), model="m")).failed()
    assert error.message == str(error)
    assert ("canary" in error.message, "***" in error.message) == (False, True)
    assert error.message.isprintable()


async def test_a_key_in_what_is_kept_for_the_service_is_masked() -> None:
    key = "sk-canary-1234567890"
    call = {"index": 0, "id": "i", "function": {"name": "f", "arguments": "{}"}}
    said = {"tool_calls": [call], "reasoning_details": [{"type": key, "text": key}]}
    choice = {"delta": said, "finish_reason": "tool_calls"}
    reply = [f"data: {json.dumps({'choices': [choice]})}\n\n".encode(), b"data: [DONE]\n\n"]
    network = Network(lambda asked: body(reply, SSE))
    asked = Request("m", (Message("user", "hi"),), tools=(ToolSpec("f"),))
    endpoint = Endpoint(api_key=Secret(key))
    async with load("openai")(endpoint, name="openai", http=network) as provider:
        events = [event async for event in provider.stream(asked)]
    finish = events[-1]
    assert isinstance(finish, Finish)
    memory = json.dumps(dict(finish.memory))
    assert ("reasoning_details" in memory, "canary" in memory) == (True, False)


async def listed(reply: httpx.Response) -> tuple[Model, ...]:
    network = Network(lambda asked: reply)
    async with load("openai")(Endpoint(api_key=KEY), name="openai", http=network) as provider:
        return await provider.list_models()


async def test_a_list_of_models_is_read_in_both_forms() -> None:
    rows = b'[{"id":"a","context_length":5},{"id":"b","max_model_len":"x"},{"x":1},7'
    rows += b',{"id":"c","n_ctx":%s}]' % (b"9" * 400)
    expected = (Model("a", context=5), Model("b"), Model("c"))
    assert await listed(body([b'{"data":' + rows + b"}"], JSON)) == expected
    assert await listed(body([b" " + rows], JSON)) == expected


async def test_of_a_list_without_end_some_models_are_taken() -> None:
    rows = b",".join([b'{"id":"m"}'] * 20_000)
    assert len(await listed(body([b"[" + rows + b"]"], JSON))) == 10_000


@pytest.mark.parametrize("reply", [b"", b"<html>", b"{}", b'{"data":1}', b'"x"', b"["])
async def test_what_is_no_list_of_models_says_so(reply: bytes) -> None:
    with pytest.raises(NotAnAnswer, match="cannot read the model list"):
        await listed(body([reply], JSON))


async def test_a_server_without_models_says_how_to_name_one(ask: Asking) -> None:
    error = (await ask("ollama", body([b'{"data":[]}'], JSON))).failed()
    assert (type(error), "-m MODEL" in error.hint) == (UnknownModel, True)


HERE = Endpoint(base_url="http://127.0.0.1:9/v1", retries=0)


@pytest.mark.parametrize("said", [[], [b": ping\n\n"]], ids=["no bytes", "a comment"])
async def test_a_local_server_that_says_nothing_may_have_been_asked_too_much(
    ask: Asking, said: list[bytes]
) -> None:
    """llama_cpp.server answers a question that is longer than its window so, with status 200."""
    heard = await ask("llamacpp", lambda _: body(said, SSE), endpoint=HERE, model="m")
    error = heard.failed()
    assert (type(error), error.exit_code, error.message) == (EmptyAnswer, 8, "the reply is empty")
    assert len(heard.requests) == 2
    assert "context window" in error.hint
    assert "server's log" in error.hint
    elsewhere = (await ask("openai", body(said, SSE), model="m")).failed()
    assert "context window" not in elsewhere.hint


@pytest.mark.parametrize("too_long", [True, False])
async def test_a_local_server_that_streams_nothing_is_asked_for_the_whole_answer(
    ask: Asking, too_long: bool
) -> None:
    """So it tells its window, and a long conversation goes on with a summary."""
    refused = {"error": {"message": "maximum context length is 2048 tokens", "code": None}}
    whole = {"choices": [{"message": {"content": "Hi!"}, "finish_reason": "stop"}]}

    def reply(asked: Asked) -> httpx.Response:
        if json.loads(asked.body)["stream"]:
            return body([], SSE)
        said = json.dumps(refused if too_long else whole).encode()
        return body([said], JSON, status=400 if too_long else 200)

    heard = await ask("llamacpp", reply, endpoint=HERE, model="m")
    assert "asking again for the whole answer" in told(heard)
    if too_long:
        error = heard.failed()
        assert isinstance(error, TooLong)
        assert error.window == 2048
    else:
        assert heard.text == "Hi!"


async def test_a_server_of_the_users_own_is_asked_under_its_own_name() -> None:
    network = Network(lambda asked: body([CHAT]))
    endpoint = Endpoint(base_url="https://own.example/v1", model="m")
    provider = load("openai")(endpoint, name="company", http=network)
    assert (provider.id, provider.access) == ("company", "local")
    assert [e async for e in provider.stream(Request("", (Message("user", "Hi"),)))]
    assert str(network.requests[0].url) == "https://own.example/v1/chat/completions"


@pytest.mark.parametrize(
    ("said", "cls", "code"),
    [
        ({"message": "litellm.RateLimitError: slow down", "type": "throttling_error"},
         RateLimited, 7),
        ({"message": "no", "type": "RateLimitError"}, RateLimited, 7),
        ({"message": "litellm.ContextWindowExceededError: 9000 tokens", "type": None}, TooLong, 2),
        ({"message": "the request exceeds the available context size", "code": 400}, TooLong, 2),
        ({"message": "This model's maximum context length is 4096", "type": "BadRequestError"},
         TooLong, 2),
        ({"message": "the queue is full", "code": "429"}, RateLimited, 7),
        ({"message": "slow down", "type": "rate_limit_error"}, RateLimited, 7),
    ],
)  # fmt: skip
async def test_errors_of_gateways_and_local_servers_have_their_kind(
    said: dict[str, Any], cls: type[LlmchatError], code: int, ask: Asking
) -> None:
    """In a refusal, in a refusal that is framed as a stream, and in a frame of a stream."""
    plain = json.dumps({"error": said}).encode()
    status = 429 if code == 7 else 400
    for body_, answered in ((plain, status), (b"data: " + plain + b"\n\n", status),
                            (b"data: " + plain + b"\n\n", 200)):  # fmt: skip
        heard = await ask("openai", body([body_], SSE, status=answered), model="m")
        assert (type(heard.failed()), heard.failed().exit_code) == (cls, code)
        assert said["message"] in heard.failed().message


async def test_an_early_failure_in_the_form_of_a_stream_is_told_by_its_message(ask: Asking) -> None:
    framed = b': hello\n\nevent: error\ndata: {"error": {"message": "no model is loaded"}}\n\n'
    heard = await ask("openai", body([framed], SSE, status=500), model="m")
    assert "no model is loaded" in heard.failed().message
    assert "data:" not in heard.failed().message


async def test_mistrals_thinking_parts_are_reasoning(ask: Asking) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
             {"type": "text", "text": "Hi"}]  # fmt: skip
    heard = await ask("mistral", frames({"choices": [{"delta": {"content": parts}}]}, DONE))
    assert (heard.reasoning, heard.text) == ("Hm.", "Hi")


async def test_an_address_without_a_list_of_models_wants_one_named() -> None:
    network = Network(lambda asked: body([b"not here"], "text/plain", status=404))
    provider = load("openai")(Endpoint(base_url="https://own.example"), name="own", http=network)
    with pytest.raises(ConfigError) as caught:
        _ = [e async for e in provider.stream(Request("", (Message("user", "Hi"),)))]
    assert "most API addresses end in /v1; " in caught.value.hint
    assert caught.value.hint.endswith("-m MODEL")


@pytest.mark.parametrize(("status", "said"), [(404, b"not here"), (405, b"")])
async def test_an_address_without_a_chat_is_told_as_that(status: int, said: bytes) -> None:
    network = Network(lambda asked: body([said], "text/plain", status=status))
    endpoint = Endpoint(base_url="https://own.example", model="m")
    provider = load("openai")(endpoint, name="company", http=network)
    with pytest.raises(ConfigError, match=r"no chat API at https://own.example"):
        _ = [e async for e in provider.stream(Request("", (Message("user", "Hi"),)))]


async def test_an_option_may_name_the_model(ask: Asking) -> None:
    heard = await ask("openai", CHAT, model="gpt-a", options={"model": "gpt-b"})
    assert json.loads(heard.requests[0].content)["model"] == "gpt-b"
