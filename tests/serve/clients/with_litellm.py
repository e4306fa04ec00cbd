"""What a program gets that uses litellm, as aider does: `python with_litellm.py BASE KEY`, in an
environment of its own. Prints one JSON object."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # nothing is downloaded at its import

import litellm

BASE, KEY = sys.argv[1:]
CHAT = "openai/gigachat/GigaChat-2"
QUESTION = [{"role": "user", "content": "Привет"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def asked(model: str = CHAT, **fields: Any) -> Any:
    given = {"messages": QUESTION, "api_base": BASE, "api_key": KEY, "num_retries": 0}
    return litellm.completion(model=model, **{**given, **fields})


def completion() -> Any:
    reply = asked()
    choice = reply.choices[0]
    return [choice.message.content, choice.finish_reason, reply.usage.total_tokens]


def stream() -> Any:
    return "".join(chunk.choices[0].delta.content or "" for chunk in asked(stream=True))


def demo() -> Any:
    return asked("openai/demo/demo").choices[0].message.content


def default() -> Any:
    return asked("openai/default").choices[0].message.content


def tools() -> Any:
    first = asked(tools=[TOOL]).choices[0].message
    (call,) = first.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "+20"}
    last = asked(tools=[TOOL], messages=[*QUESTION, first.model_dump(), result])
    return [
        call.function.name,
        json.loads(call.function.arguments),
        last.choices[0].message.content,
    ]


def embeddings() -> Any:
    reply = litellm.embedding("openai/gigachat/Embeddings", ["ab", "c"], api_base=BASE, api_key=KEY)
    return [row["embedding"] for row in reply.data]


def unknown_model() -> Any:
    try:
        asked("openai/gigachat-9")
    except litellm.exceptions.NotFoundError as error:
        return [type(error).__name__, error.status_code]


def wrong_key() -> Any:
    try:
        asked(api_key="wrong-key")
    except litellm.exceptions.AuthenticationError as error:
        return [type(error).__name__, error.status_code]


TRIALS = (completion, stream, demo, default, tools, embeddings, unknown_model, wrong_key)


def outcome(trial: Any) -> Any:
    try:
        return trial()
    except Exception as error:  # told, and the others go on
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(json.dumps({trial.__name__: outcome(trial) for trial in TRIALS}, ensure_ascii=False))
