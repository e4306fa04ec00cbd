"""What a program gets that uses langchain-openai: run as `python with_langchain.py BASE KEY`, in an
environment of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from typing import Any

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

BASE, KEY = sys.argv[1:]
CHAT = "gigachat/GigaChat-2"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@tool
def weather(city: str) -> str:
    """Weather of a city."""
    return "+20"


def model(name: str = CHAT, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(model=name, base_url=BASE, api_key=KEY, max_retries=0, **more)


def vectors(**more: Any) -> OpenAIEmbeddings:
    given: Any = {"model": "gigachat/Embeddings", "base_url": BASE, "api_key": KEY}
    return OpenAIEmbeddings(**given, max_retries=0, **more)


def invoke() -> Any:
    reply = model().invoke("Привет")
    usage = reply.usage_metadata or {}
    return [reply.content, reply.response_metadata["finish_reason"], usage["total_tokens"]]


def stream() -> Any:
    return "".join(str(chunk.content) for chunk in model().stream("Привет"))


def demo() -> Any:
    return model("demo/demo").invoke("Привет").content


def tools() -> Any:
    bound = model().bind_tools([weather])
    question = HumanMessage("Привет")
    first = bound.invoke([question])
    (call,) = first.tool_calls
    result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    return [call["name"], call["args"], bound.invoke([question, first, result]).content]


def tools_streamed() -> Any:
    chunks = list(model().bind_tools([weather]).stream("Привет"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    return [(call["name"], call["args"]) for call in whole.tool_calls]


def structured() -> Any:
    found = model().with_structured_output(Person).invoke("Привет")
    assert isinstance(found, Person)
    return found.model_dump()


def structured_by_call() -> Any:
    """The schema as a tool that has to be called."""
    chosen = model().with_structured_output(Person, method="function_calling")
    return chosen.invoke("Привет").model_dump()


def structured_by_mode() -> Any:
    chosen = model().with_structured_output(Person, method="json_mode")
    return chosen.invoke("Привет, json").model_dump()


def embeddings() -> Any:
    return vectors(check_embedding_ctx_length=False).embed_documents(["ab", "c"])


class Encoding:
    """What tiktoken would give, if it could be downloaded."""

    def encode(self, text: str, **_: Any) -> list[int]:
        return list(text.encode())

    encode_ordinary = encode


def embeddings_as_tokens() -> Any:
    """The library's own way: numbers of tokens."""
    import tiktoken

    tiktoken.encoding_for_model = tiktoken.get_encoding = lambda *_, **__: Encoding()
    return vectors().embed_documents(["ab", "c"])


TRIALS = (
    invoke, stream, demo, tools, tools_streamed, structured, structured_by_call, structured_by_mode,
    embeddings, embeddings_as_tokens,
)  # fmt: skip


def outcome(trial: Any) -> Any:
    try:
        return trial()
    except Exception as error:  # told, and the others go on
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(json.dumps({trial.__name__: outcome(trial) for trial in TRIALS}, ensure_ascii=False))
