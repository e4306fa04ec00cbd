"""The Python interface as its callers know it: the usage examples, with only the import changed."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock, IteratorStream

from llmchat.errors import BadRequest, EmptyPrompt, LlmchatError, UsageError
from llmchat.providers import (
    ChatGLM,
    ChatGptt,
    Conversation,
    Demo,
    FinishReason,
    GigaChat,
    MissingAuthError,
    OpenAI,
    Yqcloud,
)
from tests.servers.dialogues import CHAT, DIALOGUES, GUEST, PAGE, SAID
from tests.servers.proxies import http_proxy, socks_proxy
from tests.servers.scripted import SSE, serving

MESSAGES = [{"role": "user", "content": "Hi"}]
OAUTH = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
TOKEN = {"access_token": "t0ken-of-a-test", "expires_at": 4_102_444_800_000}


async def collected(generator: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in generator]


def text_of(items: list[Any]) -> str:
    return "".join(item for item in items if isinstance(item, str))


def gigachat_answers(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=OAUTH, json=TOKEN)
    httpx_mock.add_response(
        url="https://api.giga.chat/v1/chat/completions",
        headers={"content-type": SSE},
        stream=IteratorStream([CHAT[:50], CHAT[50:]]),
    )


@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:3128", "socks5://127.0.0.1:1080"])
async def test_the_usage_example_of_gigachat(httpx_mock: HTTPXMock, proxy: str | None) -> None:
    gigachat_answers(httpx_mock)
    key = base64.b64encode(f"an-id:a secret for {proxy}".encode()).decode()
    pieces = []
    async for piece in GigaChat.create_async_generator(
        model="GigaChat:latest",
        messages=MESSAGES,
        proxy=proxy,
        api_key=key,
        temperature=0.5,
    ):
        pieces.append(piece)
    assert pieces == ["Привет, ", "你好! 👋", FinishReason("stop")]
    asked, chat = httpx_mock.get_requests()
    assert b"scope=GIGACHAT_API_PERS" in asked.content
    body = json.loads(chat.content)
    assert (body["model"], body["update_interval"], body["temperature"]) == ("GigaChat-2", 0, 0.5)
    assert "api_key" not in body


async def test_the_usage_examples_of_the_others(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=ChatGLM.api_endpoint, content=GUEST, headers={"content-type": SSE})
    httpx_mock.add_response(url=Yqcloud.api_endpoint, stream=IteratorStream([SAID.encode()]))
    httpx_mock.add_response(url="https://chatgptt.me/", text=PAGE)
    httpx_mock.add_response(url=ChatGptt.api_endpoint, json={"status": "success", "data": SAID})
    httpx_mock.add_response(url=OpenAI.api_endpoint, content=CHAT, headers={"content-type": SSE})
    for cls, more in (
        (ChatGLM, {}), (Yqcloud, {}), (ChatGptt, {}), (OpenAI, {"api_key": "k"}),
    ):  # fmt: skip
        model = cls.default_model or "gpt-x"
        items = await collected(cls.create_async_generator(model, MESSAGES, **more))
        assert text_of(items) == SAID, cls
        assert items[-1] == FinishReason("stop"), cls


async def test_the_offline_provider_answers_without_a_network() -> None:
    items = await collected(Demo.create_async_generator("demo", MESSAGES, tokens=5))
    assert len([item for item in items if isinstance(item, str)]) == 5


async def test_without_streaming_the_answer_is_one_piece(httpx_mock: HTTPXMock) -> None:
    whole = {"choices": [{"message": {"content": "Hello!"}, "finish_reason": "length"}]}
    httpx_mock.add_response(url=OpenAI.api_endpoint, json=whole)
    items = await collected(OpenAI.create_async_generator("m", MESSAGES, stream=False, api_key="k"))
    assert items == ["Hello!", FinishReason("length")]


async def test_a_missing_key_is_missing_auth_error() -> None:
    for cls in (GigaChat, OpenAI):
        with pytest.raises(MissingAuthError, match='Missing "api_key"'):
            await collected(cls.create_async_generator("m", MESSAGES))


async def test_a_page_without_tokens_is_a_runtime_error(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="https://chatgptt.me/", text="<html>")
    with pytest.raises(RuntimeError, match="Required authentication tokens not found"):
        await collected(ChatGptt.create_async_generator("gpt-4o", MESSAGES))


async def test_an_empty_list_of_messages_is_an_error_of_ours() -> None:
    for messages in ([], [{"role": "user", "content": " "}], [{"role": "system", "content": "x"}]):
        with pytest.raises(EmptyPrompt):
            await collected(Yqcloud.create_async_generator("gpt-4", messages))


@pytest.mark.parametrize("kind", [ChatGLM, Yqcloud, GigaChat, Demo])
@pytest.mark.parametrize("wrong", [{"content": "Hi"}, "Hi", None])
async def test_a_message_without_a_role_is_an_error_of_ours(kind: Any, wrong: Any) -> None:
    with pytest.raises(UsageError, match="message 2 has no role"):
        await collected(kind.create_async_generator("", [*MESSAGES, wrong], api_key="a-key"))


@pytest.mark.parametrize("kind", [ChatGLM, Yqcloud, GigaChat, Demo])
@pytest.mark.parametrize("part", ["Hi", None, 3, ["Hi"]])
async def test_a_part_that_is_not_a_dict_is_an_error_of_ours(kind: Any, part: Any) -> None:
    messages = [*MESSAGES, {"role": "user", "content": [{"text": "Hi"}, part]}]
    with pytest.raises(UsageError, match="message 2 has a part that is not a dict"):
        await collected(kind.create_async_generator("", messages, api_key="a-key"))


@pytest.mark.parametrize("wrong", [{"content": "Hi"}, "Hi", {"role": "user", "content": ["Hi"]}])
async def test_so_is_one_in_the_history_of_a_conversation(wrong: Any) -> None:
    before = Conversation("gpt-4")
    before.message_history = [wrong]
    with pytest.raises(UsageError, match="message 1 has"):
        await collected(Yqcloud.create_async_generator("", MESSAGES, conversation=before))


async def test_a_fault_is_an_error_of_ours(httpx_mock: HTTPXMock) -> None:
    for fault in (httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.ReadError("x")):
        httpx_mock.add_exception(fault)
        with pytest.raises(LlmchatError):
            await collected(Yqcloud.create_async_generator("gpt-4", MESSAGES, retries=0))


async def test_parts_of_a_content_are_joined_and_images_left_out(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=Yqcloud.api_endpoint, text="ok")
    content = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    await collected(Yqcloud.create_async_generator("", [{"role": "user", "content": content}]))
    assert json.loads(httpx_mock.get_requests()[0].content)["prompt"] == "ab"


# Conversations


async def test_a_conversation_comes_before_the_finish_and_goes_on(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=Yqcloud.api_endpoint, text="Hello!")
    httpx_mock.add_response(url=Yqcloud.api_endpoint, text="Bob")
    messages = [{"role": "system", "content": "S"}, *MESSAGES]
    kept = [dict(m) for m in messages]
    *pieces, conversation, finish = await collected(
        Yqcloud.create_async_generator("gpt-4", messages, return_conversation=True)
    )
    assert (pieces, finish, messages) == (["Hello!"], FinishReason("stop"), kept)
    assert conversation.userId.startswith("#/chat/")
    assert conversation.model == "gpt-4"
    assert conversation.message_history == [*kept, {"role": "assistant", "content": "Hello!"}]

    before = [dict(m) for m in conversation.message_history]
    asked = [{"role": "user", "content": "ignored"}, {"role": "user", "content": "Name?"}]
    items = await collected(
        Yqcloud.create_async_generator(
            "gpt-4", asked, conversation=conversation, return_conversation=True
        )
    )
    first, second = (json.loads(r.content) for r in httpx_mock.get_requests())
    assert second["userId"] == first["userId"] == conversation.userId
    assert second["system"] == "S"
    assert second["prompt"] == "User: Hi\nAssistant: Hello!\nUser: Name?\nAssistant:"
    assert conversation.message_history == before  # the caller's object is not touched
    assert [m["content"] for m in items[-2].message_history][-2:] == ["Name?", "Bob"]


async def test_without_asking_for_it_no_conversation_is_yielded(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=Yqcloud.api_endpoint, text="Hello!")
    items = await collected(Yqcloud.create_async_generator("gpt-4", MESSAGES))
    assert items == ["Hello!", FinishReason("stop")]
    assert MESSAGES == [{"role": "user", "content": "Hi"}]


async def test_conversations_do_not_share_their_history(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=Yqcloud.api_endpoint, text="a", is_reusable=True)
    made = [
        (await collected(Yqcloud.create_async_generator("", MESSAGES, return_conversation=True)))[1]
        for _ in range(2)
    ]
    assert made[0].message_history is not made[1].message_history


# Real sockets


@pytest.mark.parametrize("name", ["openai", "yqcloud", "chatglm", "chatgptt"])
async def test_every_class_takes_its_settings_as_keywords_over_real_sockets(name: str) -> None:
    cls = {"openai": OpenAI, "yqcloud": Yqcloud, "chatglm": ChatGLM, "chatgptt": ChatGptt}[name]
    async with serving(DIALOGUES[name].script()) as server:
        items = await collected(
            cls.create_async_generator(
                cls.default_model or "m",
                MESSAGES,
                base_url=server.url,
                api_key="k",
                timeout=5,
                first_token_timeout=5,
                headers={"X-Team": "7"},
            )
        )
    assert text_of(items) == SAID
    assert server.asked[-1].headers["x-team"] == "7"
    assert b"timeout" not in server.asked[-1].body


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h", "socks"])
async def test_a_proxy_is_used_by_every_class(scheme: str) -> None:
    made = http_proxy if scheme == "http" else socks_proxy
    async with made("me:pa55word") as proxy:
        for name, cls in (("yqcloud", Yqcloud), ("chatgptt", ChatGptt)):
            async with serving(DIALOGUES[name].script()) as server:
                proxy.hosts["service.localhost"] = server.port
                items = await collected(
                    cls.create_async_generator(
                        "",
                        MESSAGES,
                        proxy=f"{scheme}://me:pa55word@{proxy.place}",
                        base_url="http://service.localhost",
                    )
                )
                assert text_of(items) == SAID
    assert set(proxy.targets) == {"service.localhost:80"}
    assert len(proxy.targets) == 3  # the page of ChatGptt too


async def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    async with serving(DIALOGUES["yqcloud"].script()) as server:
        items = await collected(Yqcloud.create_async_generator("", MESSAGES, base_url=server.url))
        assert text_of(items) == SAID
    with pytest.raises(MissingAuthError):
        await collected(OpenAI.create_async_generator("m", MESSAGES))


async def test_a_wrong_option_of_the_offline_provider_is_named() -> None:
    with pytest.raises(BadRequest, match="tokens"):
        await collected(Demo.create_async_generator("demo", MESSAGES, tokens="many"))


async def test_who_prints_whatever_comes_prints_the_answer_alone(httpx_mock: HTTPXMock) -> None:
    """A finish and a conversation show nothing as text, as callers of this interface expect."""
    httpx_mock.add_response(url=Yqcloud.api_endpoint, stream=IteratorStream([SAID.encode()]))
    asked = Yqcloud.create_async_generator("gpt-4", MESSAGES, return_conversation=True)
    items = await collected(asked)
    assert "".join(map(str, items)) == SAID
    assert isinstance(items[-2], Conversation)
    assert items[-1] == FinishReason("stop")
