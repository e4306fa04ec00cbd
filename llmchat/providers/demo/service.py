"""The built-in provider: offline and deterministic, with answers of any length."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count, islice
from typing import TYPE_CHECKING

from llmchat.errors import BadRequest
from llmchat.language import msg
from llmchat.providers.base import Access, Provider
from llmchat.providers.demo.texts import texts_for
from llmchat.providers.stages import Events
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.messages import Request

if TYPE_CHECKING:
    from llmchat.values.answer_schema import AnswerSchema

LARGEST = 10_000_000  # tokens, which are all kept in memory, or milliseconds


def payload(request: Request) -> Iterator[str]:
    """The words of an answer, each with the white space after it, without end."""
    opening, sample = _texts(request)
    yield from _words(opening)
    while True:
        yield from _words(sample)


def _texts(request: Request) -> tuple[str, str]:
    """The beginning of the answer, which contains the question, and the text that is repeated after
    it."""
    question = next((m.text for m in reversed(request.messages) if m.role == "user"), "")
    quote = "\n".join(f"> {line}".rstrip() for line in question.strip().splitlines())
    opening, sample = texts_for(question)
    return opening.replace("{quote}", quote), sample


def _words(text: str) -> Iterator[str]:
    start = 0
    for here, follows in zip(count(), text[1:], strict=False):
        if text[here].isspace() and not follows.isspace():
            yield text[start : here + 1]
            start = here + 1
    yield text[start:]


def _length(request: Request) -> int:
    """The number of words: `-o tokens N`, else enough for the sample text once."""
    wanted = request.options.get("tokens")
    if wanted is not None:
        return _number("tokens", wanted)
    return sum(1 for text in _texts(request) for _ in _words(text))


def _data(schema: AnswerSchema) -> list[str]:
    """JSON that matches the schema, split into words."""
    import json  # only with a schema

    from llmchat.providers.demo.data import sample

    text = json.dumps(sample(schema.body), ensure_ascii=False, indent=2)
    return list(_words(text))


def _number(name: str, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not 0 <= number <= LARGEST:
        problem = msg(
            "{name} must be a number from 0 to {largest:,}, not {value}",
            name=name,
            largest=LARGEST,
            value=str(value)[:40],
        )
        raise BadRequest(problem, hint=f"-o {name} 100")
    return number


class Demo(Provider):
    name = "demo"
    label = "Demo"
    url = ""
    access: Access = "offline"
    default_model = "demo"
    models = ("demo",)
    known_options = frozenset(("tokens", "delay_ms"))
    closed_models = True

    async def exchange(self, request: Request) -> Events:
        pause = _number("delay_ms", request.options.get("delay_ms", 0)) / 1000
        words = _data(request.schema) if request.schema else []
        tokens = len(words) or _length(request)
        words = words or list(islice(payload(request), tokens))
        for text in words if request.stream else ["".join(words)]:
            if pause:
                await asyncio.sleep(pause)
            if text:
                yield Delta(text)
        asked = sum(len(m.text.split()) for m in request.messages)
        yield Usage(asked, tokens, asked + tokens)
        yield Finish("stop", self.default_model)
