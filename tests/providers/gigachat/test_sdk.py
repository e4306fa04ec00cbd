"""The same work done by Sber's own SDK, where it is installed (`pip install gigachat`): both send
the same to the strict server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.tags import FileTag
from llmchat.values.calls import ToolSpec
from llmchat.values.endpoint import Endpoint
from llmchat.values.messages import Attachment, Message, Request
from tests.providers.tool_loop import hold
from tests.servers.gigachat import FILES, KEY, OAUTH, Asked, StrictGigaChat
from tests.servers.tool_model import calls, play, says

sdk = pytest.importorskip("gigachat", reason="the official SDK is not installed")

QUESTION = {"role": "user", "content": "Hi"}
NAMED = ("Authorization", "Content-Type")


def client(server: StrictGigaChat, **more: Any) -> Any:
    settings = {"base_url": server.base_url, "auth_url": server.auth_url, "credentials": KEY}
    return sdk.GigaChat(**settings, ca_bundle_file=str(server.ca), **more)


def shape(asked: Asked) -> tuple[str, str, dict[str, str], Any]:
    """The parts of a request to compare: our additional headers and the boundary differ."""
    sent = {name.title(): value for name, value in asked.headers.items()}
    kept = {name: sent[name].partition(";")[0] for name in NAMED if name in sent}
    kept["Authorization"] = kept["Authorization"].partition(" ")[0]
    body: Any = asked.body
    if kept.get("Content-Type") == "application/json":
        body = asked.json
    elif kept.get("Content-Type") == "multipart/form-data":
        boundary = sent["Content-Type"].partition("boundary=")[2].encode()
        body = sorted(asked.body.replace(boundary, b"").split(b"----"))
    return asked.method, asked.path, kept, body


async def ours(
    server: StrictGigaChat, endpoint: Endpoint, work: Callable[[GigaChat], Awaitable[Any]]
) -> list[Any]:
    before = len(server.asked)
    async with GigaChat(endpoint) as provider:
        await work(provider)
    return [shape(asked) for asked in server.asked[before:] if asked.path != OAUTH]


def theirs(server: StrictGigaChat, work: Callable[[Any], Any]) -> list[Any]:
    before = len(server.asked)
    with client(server) as provider:
        work(provider)
    return [shape(asked) for asked in server.asked[before:] if asked.path != OAUTH]


async def test_lists_balance_and_counts_are_asked_for_alike(
    server: StrictGigaChat, endpoint: Endpoint
) -> None:
    assert await ours(server, endpoint, lambda p: p.list_models()) == theirs(
        server, lambda p: p.get_models()
    )
    assert await ours(server, endpoint, lambda p: p.balance()) == theirs(
        server, lambda p: p.get_balance()
    )
    assert await ours(server, endpoint, lambda p: p.count_tokens(["Hi", "Ho"])) == theirs(
        server, lambda p: p.tokens_count(["Hi", "Ho"], model="GigaChat-2")
    )


async def test_a_token_is_bought_alike(server: StrictGigaChat, endpoint: Endpoint) -> None:
    async with GigaChat(endpoint) as provider:
        await provider.purse.request()
    with client(server) as provider:
        provider.get_token()
    mine, other = server.to(OAUTH)
    assert (mine.body, mine.headers["Authorization"]) == (
        other.body,
        other.headers.get("Authorization") or other.headers["authorization"],
    )
    assert {"RqUID", "Rquid", "rquid"} & set(other.headers)


async def test_a_question_with_a_picture_is_the_same_body(
    server: StrictGigaChat, endpoint: Endpoint
) -> None:
    """Both name what they want in full, so that no default of either is in between."""
    options = {"temperature": 0.5, "function_call": "auto", "update_interval": 0}
    picture = Attachment("cat.png", "image/png", b"\x89PNG cat")

    async def ask(provider: GigaChat) -> None:
        messages = (Message("system", "Be brief"), Message("user", "Hi", (picture,)))
        request = Request("GigaChat-2", messages, options=options)
        async for _ in provider.stream(request):
            pass

    def ask_too(provider: Any) -> None:
        sent = provider.upload_file(("cat.png", picture.content, "image/png"))
        question = {**QUESTION, "attachments": [sent.id_]}
        messages = [{"role": "system", "content": "Be brief"}, question]
        for _ in provider.stream({"model": "GigaChat-2", "messages": messages, **options}):
            pass

    mine, other = await ours(server, endpoint, ask), theirs(server, ask_too)
    assert [part[:3] for part in mine] == [part[:3] for part in other]
    assert mine[0] == other[0]  # the upload, to the byte
    for body in (mine[1][3], other[1][3]):
        body["messages"][1]["attachments"] = ["the id of either upload"]
    assert mine[1][3] == other[1][3]


async def test_files_are_fetched_listed_and_deleted_alike(
    server: StrictGigaChat, endpoint: Endpoint
) -> None:
    server.drawing()
    server.drawing()
    first, second = server.files

    async def work(provider: GigaChat) -> None:
        await provider.stored_files()
        async for _ in provider.storage.fetch(FileTag(first, "picture", "")):
            pass
        await provider.storage.delete(first)

    def work_too(provider: Any) -> None:
        provider.get_files()
        provider.get_image(second)
        provider.delete_file(second)

    mine, other = await ours(server, endpoint, work), theirs(server, work_too)
    assert [part[:2] for part in mine] == [
        ("GET", FILES),
        ("GET", f"{FILES}/{first}/content"),
        ("POST", f"{FILES}/{first}/delete"),
    ]
    assert [(m, p.replace(second, first)) for m, p, *_ in other] == [part[:2] for part in mine]


async def test_a_picture_and_its_state_go_back_as_the_sdk_sends_them(
    server: StrictGigaChat, endpoint: Endpoint
) -> None:
    server.answer = server.drawing("Рисую: ", " готово")

    async def draw(provider: GigaChat) -> None:
        said = Request("GigaChat-2", (Message("user", "Нарисуй кота"),))
        events = [event async for event in provider.stream(said)]
        text = "".join(getattr(e, "text", "") for e in events if type(e).__name__ == "Delta")
        answer = Message("assistant", text, memory=events[-1].memory)  # type: ignore[union-attr]  # a Finish
        again = (*said.messages, answer, Message("user", "Синим"))
        async for _ in provider.stream(Request("GigaChat-2", again)):
            pass

    def draw_too(provider: Any) -> None:
        body = {"model": "GigaChat-2", "function_call": "auto"}
        messages: list[Any] = [{"role": "user", "content": "Нарисуй кота"}]
        said = provider.chat({**body, "messages": messages}).choices[0].message
        messages += [json.loads(said.json(exclude_none=True)), {"role": "user", "content": "Синим"}]
        provider.chat({**body, "messages": messages})

    mine = [part[3] for part in await ours(server, endpoint, draw) if part[3]]
    other = [part[3] for part in theirs(server, draw_too) if part[3]]
    assert mine[-1]["messages"] == other[-1]["messages"]
    assert mine[-1]["function_call"] == other[-1]["function_call"]


async def test_functions_calls_and_results_are_the_same_bodies(
    server: StrictGigaChat, endpoint: Endpoint
) -> None:
    zone = {"type": "string", "description": "of the clock"}  # the SDK adds an empty one
    tool = ToolSpec("now", "The time.", {"type": "object", "properties": {"zone": zone}})

    def script() -> None:
        play(server, calls(("now", {"zone": "UTC"})), says("Полдень."))

    async def talk(provider: GigaChat) -> None:
        await hold(provider, model="GigaChat-2", tools=(tool,))

    def talk_too(provider: Any) -> None:
        function = {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        }
        body: dict[str, Any] = {
            "model": "GigaChat-2",
            "functions": [function],
            "function_call": "auto",
        }
        body["update_interval"] = 0
        messages: list[Any] = [{"role": "user", "content": "What time is it?"}]
        said = provider.chat({**body, "messages": messages}).choices[0].message
        result = {"role": "function", "name": tool.name, "content": '{"result": "12:00"}'}
        messages += [json.loads(said.json(exclude_none=True)), result]
        answer = provider.chat({**body, "messages": messages}).choices[0].message
        assert answer.content == "Полдень."

    script()
    mine = [part[3] for part in await ours(server, endpoint, talk)]
    script()
    other = [part[3] for part in theirs(server, talk_too)]
    assert len(mine) == len(other) == 2
    for body in (*mine, *other):
        body.pop("stream", None)
        for message in body["messages"]:
            if "functions_state_id" in message:
                message["functions_state_id"] = "the state of either call"
    assert mine == other
