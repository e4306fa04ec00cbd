"""What a program gets that uses OpenAI's own library: `python with_openai.py BASE KEY`, in an
environment that has openai and pydantic and nothing of llmchat. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import openai
from pydantic import BaseModel

BASE, KEY = sys.argv[1:]
CHAT = "gigachat/GigaChat-2"
QUESTION: Any = [{"role": "user", "content": "Привет"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class Person(BaseModel):
    name: str
    age: int


def client(key: str = KEY) -> openai.OpenAI:
    return openai.OpenAI(base_url=BASE, api_key=key, max_retries=0)


asking = client()


def whole(**fields: Any) -> Any:
    return asking.chat.completions.create(**{"model": CHAT, "messages": QUESTION, **fields})


def streamed(**fields: Any) -> Any:
    return list(whole(stream=True, stream_options={"include_usage": True}, **fields))


def said(chunks: Any) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def summary(reply: Any) -> Any:
    choice = reply.choices[0]
    return [choice.message.content, choice.finish_reason, reply.usage.model_dump()["total_tokens"]]


def chat() -> Any:
    return summary(whole())


def chat_streamed() -> Any:
    chunks = streamed()
    finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
    return [said(chunks), finish, chunks[-1].usage.total_tokens]


def demo() -> Any:
    return summary(whole(model="demo/demo"))


def demo_streamed() -> Any:
    return said(streamed(model="demo/demo"))


def models() -> Any:
    return [model.id for model in asking.models.list()]


def one_model() -> Any:
    return asking.models.retrieve(CHAT).id


def tools() -> Any:
    """A whole round: the call, its result, and the answer that quotes it."""
    first = whole(tools=[TOOL])
    (call,) = first.choices[0].message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "+20"}
    messages = [*QUESTION, first.choices[0].message.model_dump(exclude_none=True), result]
    last = whole(tools=[TOOL], messages=messages)
    arguments = json.loads(call.function.arguments)
    return [first.choices[0].finish_reason, call.function.name, arguments, *summary(last)[:2]]


def tools_streamed() -> Any:
    """By the library's own accumulator."""
    with asking.chat.completions.stream(model=CHAT, messages=QUESTION, tools=[TOOL]) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion().choices[0]
    (call,) = final.message.tool_calls or ()
    done = "tool_calls.function.arguments.done" in kinds
    return [final.finish_reason, call.function.name, json.loads(call.function.arguments), done]


def tool_forced() -> Any:
    choice = {"type": "function", "function": {"name": "weather"}}
    (call,) = whole(tools=[TOOL], tool_choice=choice).choices[0].message.tool_calls
    return call.function.name


def tool_forbidden() -> Any:
    return whole(tools=[TOOL], tool_choice="none").choices[0].message.content


def parse() -> Any:
    reply = asking.chat.completions.parse(model=CHAT, messages=QUESTION, response_format=Person)
    parsed = reply.choices[0].message.parsed
    assert isinstance(parsed, Person)
    return parsed.model_dump()


def json_object() -> Any:
    return json.loads(summary(whole(response_format={"type": "json_object"}))[0])


def vectors() -> Any:
    """base64 is what the library asks for on its own."""
    own = asking.embeddings.create(model="gigachat/Embeddings", input=["ab", "c"])
    plain = asking.embeddings.create(
        model="gigachat/Embeddings", input=["ab", "c"], encoding_format="float"
    )
    assert [row.embedding for row in own.data] == [row.embedding for row in plain.data]
    return [[row.embedding for row in own.data], own.usage.prompt_tokens]


def raw() -> Any:
    reply = asking.chat.completions.with_raw_response.create(model=CHAT, messages=QUESTION)
    return [reply.status_code, reply.headers["content-type"], summary(reply.parse())[1]]


def everything_accepted() -> Any:
    """Fields that GigaChat refuses, as programs send them to everybody."""
    return summary(whole(
        seed=1, stop=["x"], presence_penalty=0.1, frequency_penalty=0.1, logprobs=False, user="me",
        max_completion_tokens=50, temperature=0, top_p=1, store=False, metadata={"a": "b"},
        parallel_tool_calls=False, service_tier="auto", extra_body={"unheard_of": 1},
    ))[0]  # fmt: skip


def failing() -> Iterator[tuple[str, Any]]:
    """The library's own class of each failure, its status and its code."""
    faults: dict[str, Any] = {
        "no such model": lambda: whole(model="gigachat-9"),
        "no such model of ours": lambda: whole(model="gigachat/nope"),
        "wrong key": lambda: client("wrong-key").models.list(),
        "no messages": lambda: whole(messages=[]),
        "tokens": lambda: asking.embeddings.create(model="gigachat/Embeddings", input=[[1, 2]]),
        "no vectors": lambda: asking.embeddings.create(model="demo/demo", input="a"),
        "no such address": lambda: asking.post("/nope", cast_to=object, body={}),
    }
    for name, fault in faults.items():
        try:
            yield name, f"no error: {fault()}"
        except openai.APIStatusError as error:
            yield name, [type(error).__name__, error.status_code, error.code]


TRIALS = (
    chat, chat_streamed, demo, demo_streamed, models, one_model, tools, tools_streamed, tool_forced,
    tool_forbidden, parse, json_object, vectors, raw, everything_accepted,
)  # fmt: skip


def outcome(trial: Any) -> Any:
    try:
        return trial()
    except Exception as error:  # told, and the others go on
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    found = {trial.__name__: outcome(trial) for trial in TRIALS}
    print(json.dumps({**found, "errors": dict(failing())}, ensure_ascii=False))
