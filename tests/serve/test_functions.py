"""OpenAI's tools as GigaChat's functions, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serve.environments import over_gigachat
from tests.serve.serving import Reply, Serving
from tests.serve.test_gates import CHAT
from tests.servers.gigachat import StrictGigaChat
from tests.servers.tool_model import calls, play, says

QUESTION = {"role": "user", "content": "Какая погода?"}


def tool(name: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"city": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "parameters": schema, "strict": True}}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, StrictGigaChat]]:
    with over_gigachat(tmp_path_factory.mktemp("functions")) as (running, server, _):
        yield running, server


@pytest.fixture
def running(both: tuple[Serving, StrictGigaChat]) -> Serving:
    return both[0]


@pytest.fixture
def server(both: tuple[Serving, StrictGigaChat]) -> StrictGigaChat:
    both[1].states.clear()
    return both[1]


def ask(running: Serving, *more: Any, stream: bool = False, **fields: Any) -> Reply:
    body = {"messages": [QUESTION, *more], "tools": [tool("weather"), tool("web_search")]}
    return running.ask(CHAT, {**body, "stream": stream, **fields})


def call_in(reply: Reply, *, stream: bool) -> Any:
    if not stream:
        assert reply.json["choices"][0]["finish_reason"] == "tool_calls"
        return reply.json["choices"][0]["message"]["tool_calls"][0]
    choices = [frame["choices"][0] for frame in reply.frames[:-1]]
    assert choices[-1]["finish_reason"] == "tool_calls"
    (call,) = [c["delta"]["tool_calls"][0] for c in choices if "tool_calls" in c["delta"]]
    return call


@pytest.mark.parametrize("stream", [False, True])
def test_a_whole_round(running: Serving, server: StrictGigaChat, stream: bool) -> None:
    """A second call follows the first; what GigaChat wants back with a call it gets."""
    model = play(server, calls(("weather", {"city": "Пермь"})), calls(("weather", {})), says("+20"))
    said: list[Any] = []
    for wanted in ({"city": "Пермь"}, {}):
        call = call_in(ask(running, *said, stream=stream), stream=stream)
        assert json.loads(call["function"]["arguments"]) == wanted
        said.append({"role": "assistant", "content": None, "tool_calls": [call]})
        said.append({"role": "tool", "tool_call_id": call["id"], "content": "plain words"})
    last = ask(running, *said, stream=stream)
    assert (last.text if stream else last.json["choices"][0]["message"]["content"]) == "+20"
    sent = model.asked[-1]["messages"]
    assert {m["functions_state_id"] for m in sent if "function_call" in m} == server.states
    assert json.loads(sent[2]["content"]) == {"result": "plain words"}


def test_calls_that_another_service_made_side_by_side(
    running: Serving, server: StrictGigaChat
) -> None:
    model = play(server, says("ok"))
    made = [
        {"id": name, "type": "function", "function": {"name": "weather", "arguments": "{}"}}
        for name in ("a", "b")
    ]
    results = [{"role": "tool", "tool_call_id": c["id"], "content": c["id"]} for c in made]
    assistant = {"role": "assistant", "content": "", "tool_calls": made}
    assert ask(running, assistant, *reversed(results)).status == 200
    said = [m for m in model.asked[0]["messages"] if m["role"] == "function"]
    assert [json.loads(m["content"])["result"] for m in said] == ["a", "b"]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "auto"),
        ({"type": "function", "function": {"name": "weather"}}, {"name": "weather"}),
        ("none", None),
    ],
)
def test_the_choice_of_a_tool(
    running: Serving, server: StrictGigaChat, choice: Any, sent: Any
) -> None:
    model = play(server, says("ok"))
    assert ask(running, tool_choice=choice).status == 200
    assert model.asked[0].get("function_call") == sent


def test_the_one_tool_there_is_can_be_required(running: Serving, server: StrictGigaChat) -> None:
    model = play(server, says("ok"))
    ask(running, tools=[tool("weather")], tool_choice="required")
    assert model.asked[0]["function_call"] == {"name": "weather"}


def test_a_name_that_gigachat_keeps_for_itself_comes_back_as_it_was(
    running: Serving, server: StrictGigaChat
) -> None:
    def searches(body: Any) -> Any:
        return calls((body["functions"][1]["name"], {}))

    play(server, searches)
    assert call_in(ask(running), stream=False)["function"]["name"] == "web_search"
