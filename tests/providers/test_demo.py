"""Demo: offline, deterministic, of any length."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from llmchat.errors import BadRequest
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.messages import Message
from tests.providers.conftest import Asking, Heard


async def demo(*messages: Message, **request: Any) -> Heard:
    return await Asking().over(None, "demo", *messages, **request)


async def test_it_quotes_the_question_and_says_that_it_is_no_model() -> None:
    heard = await demo(Message("user", "One\n\n{quote} two"))
    assert "> One\n>\n> {quote} two\n" in heard.text
    assert "*not a model*" in heard.text


async def test_the_same_question_gets_the_same_answer() -> None:
    assert (await demo()).events == (await demo()).events


@pytest.mark.parametrize("tokens", [1, 3, 1000])
async def test_it_is_as_long_as_it_is_told(tokens: int) -> None:
    heard = await demo(options={"tokens": str(tokens)})
    assert len([e for e in heard.events if isinstance(e, Delta)]) == tokens
    assert heard.usage == Usage(1, tokens, 1 + tokens)


async def test_without_streaming_it_is_one_piece() -> None:
    heard = await demo(stream=False)
    assert [type(event) for event in heard.events] == [Delta, Usage, Finish]
    assert heard.text == (await demo()).text


async def test_pauses_do_not_change_the_answer() -> None:
    paced = await demo(options={"tokens": 3, "delay_ms": 1})
    assert paced.events == (await demo(options={"tokens": 3})).events


@pytest.mark.parametrize("option", ["tokens", "delay_ms"])
@pytest.mark.parametrize(
    "value", ["many", -1, 1.5, 10_000_001, pytest.param(10**400, id="400 digits")]
)
async def test_a_wrong_number_is_named(option: str, value: object) -> None:
    error = (await demo(options={option: value})).failed()
    assert isinstance(error, BadRequest)
    assert option in error.message


def test_a_schema_gets_data_that_match_it() -> None:
    from llmchat.providers.demo.data import sample

    schema = {
        "type": "object",
        "$defs": {
            "kid": {"properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/kid"}}}}
        },
        "properties": {
            "name": {"type": "string"},
            "day": {"type": "string", "format": "date"},
            "mood": {"enum": ["good", "bad"]},
            "age": {"type": ["integer", "null"], "minimum": 18},
            "kid": {"$ref": "#/$defs/kid"},
            "pets": {"type": "array", "minItems": 2, "items": {"anyOf": [{"type": "boolean"}]}},
        },
    }
    data = sample(schema)
    jsonschema.validate(data, schema)
    assert data["pets"] == [True, True]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {name: {"$ref": "#"} for name in "abcdefghij"}},
        {"type": "array", "minItems": 100, "items": {"$ref": "#"}},
    ],
)
def test_data_stay_small_where_a_schema_refers_to_itself_many_times(schema: Any) -> None:
    from llmchat.providers.demo.data import sample

    assert len(json.dumps(sample(schema))) < 1_000_000


@pytest.mark.parametrize(
    "schema",
    [
        *({"properties": [1]}, {"type": []}, {"enum": 5}, {"enum": {"a": 1}}, {"anyOf": 5}),
        *({"type": "array", "minItems": least} for least in ("x", float("nan"))),
    ],
)
def test_what_is_no_schema_gets_data_as_well(schema: Any) -> None:
    from llmchat.providers.demo.data import sample

    assert json.dumps(sample(schema))
