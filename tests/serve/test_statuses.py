"""Each row of the table of statuses, before the first token and in the middle."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from llmchat.app.serve.queue import Queue
from llmchat.errors import RateLimited
from tests.serve.serving import Serving, serving
from tests.serve.test_answers import gigachat, wait
from tests.serve.test_gates import CHAT, over
from tests.serve.test_going_away import asking
from tests.servers.crowd import Crowd, Deed
from tests.servers.gigachat import DONE, USAGE, StrictGigaChat, frame

FILTERED = frame("Не могу", role="assistant") + frame(finish="blacklist", usage=USAGE) + DONE
ASKED = {"role": "user", "content": "hi"}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_nobody_at_the_service_is_502(tmp_path: Path) -> None:
    crowd = Crowd()
    crowd.port = free_port()
    with over(tmp_path, crowd) as running:
        replies = [running.chat(stream=stream) for stream in (False, True)]
    assert [(r.status, r.json["error"]["code"]) for r in replies] == [(502, "network")] * 2


def test_no_token_in_time_is_504(tmp_path: Path) -> None:
    crowd = Crowd(lambda *_: "silent")
    with crowd.running(), over(tmp_path, crowd, LLMCHAT_FIRST_TOKEN_TIMEOUT="0.3") as running:
        replies = [running.chat(stream=stream) for stream in (False, True)]
    assert [(r.status, r.json["error"]["type"]) for r in replies] == [(504, "timeout_error")] * 2


def test_half_of_a_whole_answer_is_502(tmp_path: Path) -> None:
    with Crowd(lambda *_: "cut").running() as crowd, over(tmp_path, crowd) as running:
        reply = running.chat()
        assert (reply.status, reply.json["error"]["code"]) == (502, "incomplete")


def test_a_model_that_nobody_has_is_404(tmp_path: Path, server: StrictGigaChat) -> None:
    """As we know it, and as the service says."""
    with serving(tmp_path / "home", **gigachat(server)) as running:
        replies = [running.chat(model=name) for name in ("nope/x", "gigachat/GigaChat-9")]
    assert [(r.status, r.json["error"]["code"]) for r in replies] == [(404, "model_not_found")] * 2


@pytest.mark.parametrize(
    ("deed", "told", "headers"),
    [
        ("429", "rate_limit_exceeded", {"retry-after": "1"}),
        ("quota", "insufficient_quota", {"x-should-retry": "false"}),
        ("401", "auth", {"x-should-retry": "false"}),
        ("500", "unavailable", {}),
    ],
)
def test_clients_are_told_in_openais_words_what_happened_and_whether_to_ask_again(
    tmp_path: Path, deed: Deed, told: str, headers: dict[str, str]
) -> None:
    with Crowd(lambda *_: deed).running() as crowd, over(tmp_path, crowd) as running:
        reply = running.chat()
    assert reply.json["error"]["code"] == told
    assert {n: v for n, v in reply.headers.items() if "retry" in n} == headers


def test_a_question_that_is_too_long_has_openais_code(tmp_path: Path) -> None:
    with Crowd(lambda *_: "long").running() as crowd, over(tmp_path, crowd) as running:
        assert running.chat().json["error"]["code"] == "context_length_exceeded"


def test_a_refused_key_is_not_taken_for_the_clients(tmp_path: Path) -> None:
    with Crowd(lambda *_: "401").running() as crowd, over(tmp_path, crowd) as running:
        assert "llmchat auth openai" in running.chat().json["error"]["message"]


def test_a_filter_is_the_finish_of_an_answer(tmp_path: Path, server: StrictGigaChat) -> None:
    server.answer = FILTERED
    with serving(tmp_path / "home", **gigachat(server)) as running:
        whole, streamed = running.chat(), running.chat(stream=True)
        assert whole.json["choices"][0]["finish_reason"] == "content_filter"
        assert streamed.frames[-2]["choices"][0]["finish_reason"] == "content_filter"
        assert streamed.frames[-1] == "[DONE]"


def test_sixteen_run_at_once_and_the_others_wait(tmp_path: Path) -> None:
    """A program that asks for all its answers at once gets them all."""
    with Crowd(lambda *_: "hold").running() as crowd, over(tmp_path, crowd) as running:
        clients = [asking(running, stream=False) for _ in range(40)]
        assert running.ask("/health").status == 200  # all of them were read
        wait(lambda: crowd.open >= 16)
        crowd.release.set()
        assert [client.recv(12)[9:] for client in clients] == [b"200"] * 40
        for client in clients:
            client.close()
    assert crowd.most_open == 16


def test_who_leaves_while_it_waits_is_not_asked_for(tmp_path: Path) -> None:
    with (
        Crowd(lambda *_: "hold").running() as crowd,
        over(tmp_path, crowd) as running,
        ThreadPoolExecutor(16) as pool,
    ):
        held = [pool.submit(running.chat) for _ in range(16)]
        wait(lambda: crowd.open == 16)
        asking(running, stream=False).close()
        running.wait_for(" gone")
        crowd.release.set()
        assert [reply.result().status for reply in held] == [200] * 16
        assert crowd.asked.total() == 16


async def test_nobody_waits_for_ever() -> None:
    queue = Queue(places=1, waiting=1, refusal=lambda: RateLimited("full"), longest=0.01)
    async with queue.turn():
        with pytest.raises(RateLimited, match="full"):
            async with queue.turn():
                pass
    async with queue.turn():
        pass


@pytest.mark.parametrize("choice", [{"function": "x"}, {"function": None}, [], 1, {"type": "x"}])
def test_a_choice_of_no_tool_is_400(demo: Serving, choice: Any) -> None:
    tool = {"type": "function", "function": {"name": "now", "parameters": {}}}
    reply = demo.ask(CHAT, {"messages": [ASKED], "tools": [tool], "tool_choice": choice})
    assert (reply.status, reply.json["error"]["param"]) == (400, "tool_choice")


@pytest.mark.parametrize("stream", ["yes", "false", 1, 0, [], {}])
def test_whether_to_stream_is_true_or_false(demo: Serving, stream: Any) -> None:
    refused = demo.chat(stream=stream)
    assert (refused.status, refused.json["error"]["param"]) == (400, "stream")


@pytest.mark.parametrize("wanted", ["json", True, [], {}, {"type": "xml"}])
def test_a_form_of_the_answer_that_there_is_not_is_400(demo: Serving, wanted: Any) -> None:
    refused = demo.chat(response_format=wanted)
    assert (refused.status, refused.json["error"]["param"]) == (400, "response_format")


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "nonsense"}, "'nonsense' is not valid"),
        ({"properties": {"age": {"type": "integr"}}}, "$.properties.age.type: 'integr'"),
        ({"$ref": "#"}, "refers to itself endlessly"),
        ({"$ref": "https://other.example/schema"}, "never fetches"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_not_a_schema_is_400(
    demo: Serving, schema: object, says: str, stream: bool
) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    refused = demo.chat(response_format=form, stream=stream)
    assert (refused.status, refused.json["error"]["param"]) == (400, "response_format")
    assert says in refused.json["error"]["message"]


def test_a_schema_is_taken_again_and_again(demo: Serving) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    replies = [demo.chat(response_format=form) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]


@pytest.mark.parametrize("choice", ["yes", "", "any", "now"])
def test_a_choice_is_one_of_three_words(demo: Serving, choice: str) -> None:
    refused = demo.chat(tool_choice=choice)
    assert (refused.status, refused.json["error"]["param"]) == (400, "tool_choice")


def test_functions_are_not_dropped_in_silence(demo: Serving) -> None:
    function = {"name": "now", "parameters": {}}
    refused = demo.chat(functions=[function])
    assert (refused.status, refused.json["error"]["param"]) == (400, "functions")
    tool = {"type": "function", "function": function}
    taken = [demo.chat(functions=None), demo.chat(functions=[])]
    taken.append(demo.chat(model="demo", functions=[function], tools=[tool], tool_choice="none"))
    assert [reply.status for reply in taken] == [200] * 3


@pytest.mark.parametrize("dimensions", [0, -1, 1.5, "8", True])
def test_dimensions_are_a_number_above_0(demo: Serving, dimensions: Any) -> None:
    refused = demo.ask("/v1/embeddings", {"input": "a", "dimensions": dimensions})
    assert (refused.status, refused.json["error"]["param"]) == (400, "dimensions")


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ("usage", "stream_options"),
        (["include_usage"], "stream_options"),
        (True, "stream_options"),
        ({"include_usage": "false"}, "stream_options.include_usage"),
    ],
)
def test_options_of_a_stream_are_an_object(demo: Serving, options: object, param: str) -> None:
    refused = demo.chat(stream=True, stream_options=options)
    assert (refused.status, refused.json["error"]["param"]) == (400, param)


def test_a_stream_of_null_is_none(demo: Serving) -> None:
    assert demo.chat(stream=None).json["object"] == "chat.completion"


@pytest.mark.parametrize("number", [float("nan"), float("-inf")])
def test_a_number_that_json_does_not_have_is_400_and_not_passed_on(
    tmp_path: Path, number: float
) -> None:
    with Crowd().running() as crowd, over(tmp_path, crowd) as running:
        reply = running.chat(temperature=number)
        huge = running.ask("/v1/chat/completions", b'{"messages": [], "temperature": 1e999}')
    for refused in (reply, huge):
        assert (refused.status, refused.json["error"]["message"]) == (400, "body: not valid JSON")
    assert crowd.bodies == []
