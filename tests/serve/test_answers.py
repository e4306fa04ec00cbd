"""Answers on the wire: equal to those of `llmchat ask`, and true where something goes wrong."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.serve.serving import LLMCHAT, Serving, serving, surroundings
from tests.serve.test_gates import CHAT, over
from tests.servers.crowd import Crowd, Deed
from tests.servers.gigachat import ANSWER, FILES, JPEG, StrictGigaChat
from tests.servers.gigachat import CHAT as GIGACHAT_CHAT
from tests.servers.gigachat import KEY as GIGACHAT_KEY
from tests.servers.tool_model import OpenAIModel, calls, says

TOOL: Any = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}


def gigachat(server: StrictGigaChat) -> dict[str, str]:
    return {
        "GIGACHAT_BASE_URL": server.base_url,
        "GIGACHAT_AUTH_URL": server.auth_url,
        "GIGACHAT_CA_BUNDLE_FILE": str(server.ca),
        "GIGACHAT_CREDENTIALS": GIGACHAT_KEY,
    }


def asked(home: Path, *argv: str, **more: str) -> str:
    return subprocess.run(
        [str(LLMCHAT), "ask", "--no-save", *argv], env=surroundings(home, more), cwd=home,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip


def test_demo_says_what_ask_gets(tmp_path: Path, demo: Serving) -> None:
    whole = demo.chat("What?", "demo/demo").json["choices"][0]["message"]["content"]
    streamed = demo.chat("What?", "demo/demo", stream=True)
    assert whole == streamed.text
    assert whole.rstrip() == asked(tmp_path, "-p", "demo", "What?").rstrip()
    assert streamed.frames[-1] == "[DONE]"


def test_gigachat_says_what_ask_gets(tmp_path: Path, server: StrictGigaChat) -> None:
    more = gigachat(server)
    with serving(tmp_path / "home", **more) as running:
        reply = running.chat("Привет", "gigachat/GigaChat-2", max_completion_tokens=99, user="me")
        text = reply.json["choices"][0]["message"]["content"]
        assert text == running.chat("Привет", stream=True).text
        assert server.to(GIGACHAT_CHAT)[0].json["max_tokens"] == 99
    assert text.rstrip() == asked(tmp_path, "-p", "gigachat", "Привет", **more).rstrip()


def test_finish_and_usage_are_those_of_ask(tmp_path: Path, server: StrictGigaChat) -> None:
    more = gigachat(server)
    told = json.loads(asked(tmp_path, "-p", "gigachat", "--json", "Привет", **more))
    with serving(tmp_path / "home", **more) as running:
        whole = running.chat("Привет").json
        usage = running.chat(stream=True, stream_options={"include_usage": True}).frames[-2][
            "usage"
        ]
    assert whole["choices"][0]["finish_reason"] == told["finish_reason"]
    assert whole["usage"] == usage
    assert {name: told["usage"][name] for name in usage if name in told["usage"]} == {
        name: count for name, count in usage.items() if isinstance(count, int)
    }
    assert usage["prompt_tokens_details"]["cached_tokens"] == told["usage"]["cached_tokens"]


@pytest.mark.parametrize("coding", ["float", "base64"])
def test_gigachat_embeds(tmp_path: Path, server: StrictGigaChat, coding: str) -> None:
    with serving(tmp_path / "home", **gigachat(server)) as running:
        body = {"model": "gigachat/Embeddings", "input": ["ab", "c"], "encoding_format": coding}
        reply = running.ask("/v1/embeddings", body)
        rows = [row["embedding"] for row in reply.json["data"]]
        assert (
            rows
            == {"float": [[2.0, 0.5], [1.0, 0.5]], "base64": ["AAAAQAAAAD8=", "AACAPwAAAD8="]}[
                coding
            ]
        )
        assert reply.json["usage"]["prompt_tokens"] == 4
        refused = running.ask("/v1/embeddings", {**body, "input": [[1, 2]]})
        assert refused.status == 400
        assert "numbers of tokens" in refused.json["error"]["message"]


def test_pictures_go_out_and_come_in(tmp_path: Path, server: StrictGigaChat) -> None:
    url = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    picture = {"type": "image_url", "image_url": {"url": url}}
    with serving(tmp_path / "home", **gigachat(server)) as running:
        server.answer = server.drawing()
        assert running.chat("a cat").json["choices"][0]["message"]["images"] == [picture]
        deltas = [frame["choices"][0]["delta"] for frame in running.chat(stream=True).frames[:-1]]
        assert [d["images"] for d in deltas if "images" in d] == [[picture]]
        server.answer = ANSWER
        content = [{"type": "text", "text": "What is it?"}, picture]
        body = {"model": "default", "messages": [{"role": "user", "content": content}]}
        assert running.ask(CHAT, body).status == 200
        assert JPEG in server.to(FILES)[0].body


def test_a_refusal_is_not_taken_for_data(tmp_path: Path) -> None:
    """It has a field of its own, as at OpenAI, and comes back in it."""
    crowd = Crowd(lambda *_: "no", reply=lambda _: "I will not.")
    form = {"type": "json_object"}
    with crowd.running(), over(tmp_path, crowd) as running:
        (choice,) = running.chat(response_format=form).json["choices"]
        streamed = running.chat(response_format=form, stream=True)
        again = [
            {"role": "user", "content": "a"},
            choice["message"],
            {"role": "user", "content": "b"},
        ]
        assert running.ask(CHAT, {"messages": again}).status == 200
    assert choice["message"] == {
        "role": "assistant", "content": None, "refusal": "I will not."
    }  # fmt: skip
    deltas = [c["delta"] for frame in streamed.frames[:-1] for c in frame["choices"]]
    assert "".join(delta.get("refusal", "") for delta in deltas) == "I will not."
    assert not any("content" in delta for delta in deltas)
    assert crowd.bodies[-1]["messages"][1] == {"role": "assistant", "content": "I will not."}


def test_instructions_alone_are_a_question(tmp_path: Path) -> None:
    with Crowd().running() as crowd, over(tmp_path, crowd) as running:
        told = [{"role": "developer", "content": "Be kind."}, {"role": "system", "content": "Go."}]
        assert running.ask(CHAT, {"messages": told}).status == 200
    sent = crowd.bodies[-1]["messages"]
    assert [m["role"] for m in sent] == ["system", "user"]


def test_a_strict_tool_is_strict_at_openai(tmp_path: Path) -> None:
    strict = {"type": "function", "function": {**TOOL["function"], "strict": True}}
    with Crowd().running() as crowd, over(tmp_path, crowd) as running:
        for tool in (strict, TOOL):
            running.chat(tools=[tool])
    sent = [body["tools"][0]["function"].get("strict") for body in crowd.bodies]
    assert sent == [True, None]


def test_usage_has_a_chunk_where_it_was_asked_for(demo: Serving) -> None:
    plain = demo.chat(stream=True, tokens=3).frames
    told = demo.chat(stream=True, tokens=3, stream_options={"include_usage": True}).frames
    assert not any("usage" in frame for frame in plain[:-1])
    assert told[-2]["choices"] == []
    assert told[-2]["usage"]["completion_tokens"] == 3


def test_several_answers_are_choices(demo: Serving) -> None:
    assert [c["index"] for c in demo.chat(n=2, tokens=3).json["choices"]] == [0, 1]


def test_several_answers_count_their_question_once(demo: Serving) -> None:
    """As OpenAI does; what the service counted is in the log."""
    one, three = (demo.chat(n=n, tokens=3).json["usage"] for n in (1, 3))
    prompt = one["prompt_tokens"]
    counted = {"prompt_tokens": prompt, "completion_tokens": 9, "total_tokens": prompt + 9}
    assert counted.items() <= three.items()
    demo.wait_for(f" {3 * prompt}+9 tokens")
    streamed = demo.chat(n=3, tokens=3, stream=True, stream_options={"include_usage": True})
    assert streamed.frames[-2]["usage"] == three


def test_tools_go_through_and_are_not_run(tmp_path: Path) -> None:
    model = OpenAIModel(calls(("now", {"zone": "UTC"})), says("noon"))
    more = {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "sk-test", "LLMCHAT_MODEL": "tool-model"}
    with model.running(), serving(
        tmp_path / "home", "-p", "openai", **{**more, "OPENAI_BASE_URL": model.url}
    ) as running:  # fmt: skip
        first = running.chat(tools=[TOOL], stream=True).frames
        pieces = [c for f in first[:-1] for c in f["choices"]]
        call = next(p["delta"]["tool_calls"][0] for p in pieces if "tool_calls" in p["delta"])
        assert pieces[-1]["finish_reason"] == "tool_calls"
        assert json.loads(call["function"]["arguments"]) == {"zone": "UTC"}
        messages = [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "12:00"},
        ]
        body = {"model": "default", "messages": messages, "tools": [TOOL]}
        reply = running.ask(CHAT, body)
        assert reply.json["choices"][0]["message"]["content"] == "noon"
        assert model.refused == []


@pytest.mark.parametrize(
    ("deed", "status"),
    [("401", 502), ("429", 429), ("500", 502), ("400", 400), ("quota", 429)],
)
def test_a_failure_before_the_first_token_has_its_status(
    tmp_path: Path, deed: Deed, status: int
) -> None:
    crowd = Crowd(lambda *_: deed, retry_after="7")
    with crowd.running(), over(tmp_path, crowd) as running:
        for stream in (False, True):
            reply = running.chat(stream=stream)
            assert reply.status == status
            assert set(reply.json["error"]) == {"message", "type", "param", "code"}
            if deed == "429":
                assert reply.headers["retry-after"] == "7"


def test_a_failure_in_the_middle_is_a_frame_and_a_cut(tmp_path: Path) -> None:
    with Crowd(lambda *_: "cut").running() as crowd, over(tmp_path, crowd) as running:
        reply = running.chat(stream=True)
        assert reply.text == "half "
        assert reply.frames[-1]["error"]["code"] == "incomplete"
        assert b"[DONE]" not in reply.body
        assert b'"stop"' not in reply.body
        assert reply.cut


def wait(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", "body"),
        (b"[" * 100_000, "body"),
        (b'{"stop":' * 950 + b"1" + b"}" * 950, "body"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "x"}]}, "messages[0]"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "a"}], "n": 99}, "n"),
        ({"messages": [{"role": "user", "content": "a"}], "n": 0}, "n"),
        ({"messages": [{"role": "user", "content": "a"}], "n": True}, "n"),
        ({"messages": [{"role": "user", "content": "a"}], "tools": [1]}, "tools"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].tool_call_id"),
        (
            {"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "http://127.0.0.1/"}}]}]},
            "messages[0].content",
        ),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(demo: Serving, body: object, param: str) -> None:
    reply = demo.ask(CHAT, body)
    assert (reply.status, reply.json["error"]["param"]) == (400, param)


def test_an_unknown_model_is_nobodys(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "-p", "demo", "-p", "ollama") as running:
        assert running.chat(model="gigachat/GigaChat-2").status == 404
        assert running.chat(model="gpt-4o").json["error"]["code"] == "model_not_found"


def test_a_secret_does_not_go_to_a_keyless_service(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--allow-keyless", "yqcloud") as running:
        reply = running.chat("sk-abcdefghijklmnopqrstuvwxyz", "yqcloud")
        assert (reply.status, reply.json["error"]["code"]) == (400, "secret_refused")
        assert running.chat("hi", "chatglm").status == 404


def test_the_log_has_no_text_and_no_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home, "--jsonl-log", "log") as running:
        running.chat("a very private question", "demo")
        running.wait_for(" ms stop")
        said = "".join(running.lines) + (home / "log").read_text()
        assert "private" not in said
        assert "a-key-of" not in said
        assert json.loads((home / "log").read_text())["outcome"] == "stop"


def test_a_log_on_a_full_disk_is_reported_once_and_ends_no_answer(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--jsonl-log", "/dev/full") as running:
        assert [running.chat().status for _ in range(2)] == [200, 200]
        running.wait_for(" ms stop")
        assert running.stop() == 0
    told = [line for line in running.lines if "/dev/full" in line]
    assert told == ["llmchat: cannot write /dev/full: No space left on device\n"]


def test_a_log_goes_into_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with serving(tmp_path / "home", "--jsonl-log", str(pipe)) as running:
        running.chat()
        running.wait_for(" ms stop")
    assert json.loads(os.read(reader, 4096))["outcome"] == "stop"
    os.close(reader)


def test_a_key_in_the_place_of_a_model_is_not_repeated(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = "sk-client-9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    with serving(home, "--jsonl-log", "log") as running:
        replies = [running.chat("hi", model) for model in (key, f"demo/{key}", f"openai/{key}")]
        running.wait_for("***")
        said = "".join([*running.lines, *(reply.body.decode() for reply in replies)])
        assert [reply.status for reply in replies] == [404, 404, 404]
        assert "9f8e7d6c" not in said + (home / "log").read_text()
        running.chat("hi", "gpt-4o-mini-2024-07-18")
        running.wait_for("gpt-4o-mini-2024-07-18")


def test_history_is_kept_only_where_wished(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as running:
        running.chat("first", "demo")
    assert not (home / "history.db").exists()
    with serving(home, "--save") as running:
        running.chat("second", "demo")
        assert running.stop() == 0
    listed = subprocess.run(
        [str(LLMCHAT), "history", "list"], env=surroundings(home, {}), capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "second" in listed.stdout


def test_a_personal_key_has_one_stream_and_a_queue(tmp_path: Path, server: StrictGigaChat) -> None:
    with serving(tmp_path / "home", **gigachat(server)) as running:
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: running.chat("Привет"), range(4)))
        assert [reply.status for reply in replies] == [200] * 4
