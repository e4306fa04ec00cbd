"""How each service is told of a schema, and what happens where it does not want to hear of it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from llmchat.errors import BadRequest, LlmchatError, Unavailable
from llmchat.providers.formats.structured import field_for
from llmchat.values.answer_schema import AnswerSchema
from llmchat.values.events import Notice
from llmchat.values.messages import Message
from tests.providers.conftest import Asking, Heard
from tests.servers.dialogues import CHAT
from tests.servers.network import body as reply
from tests.servers.scripted import Asked

PERSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.com/person",
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
}
BARE = {key: PERSON[key] for key in ("type", "properties", "required")}
SCHEMA = AnswerSchema(PERSON, "Person")
REFUSED = json.dumps({"error": {"message": "response_format is not supported"}}).encode()


def bodies(heard: Heard) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in heard.requests if request.method == "POST"]


def last_words(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


async def test_openai_gets_it_nested_closed_and_strict(ask: Asking) -> None:
    heard = await ask("openai", [CHAT], Message("user", "Who?"), model="m", schema=SCHEMA)
    (body,) = bodies(heard)
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "Person",
            "schema": {**BARE, "additionalProperties": False},
            "strict": True,
        },
    }
    assert last_words(body) == "Who?"


@pytest.mark.parametrize("name", ["deepseek", "zai", "qwen"])
async def test_others_are_asked_for_an_object_and_told_the_rest(ask: Asking, name: str) -> None:
    heard = await ask(name, [CHAT], Message("user", "Who?"), model="m", schema=SCHEMA)
    (body,) = bodies(heard)
    assert body["response_format"] == {"type": "json_object"}
    assert last_words(body).startswith("Who?\n\n")
    assert json.loads(last_words(body).splitlines()[-1]) == BARE


@pytest.mark.parametrize("name", ["anthropic", "yqcloud", "chatglm"])
async def test_who_has_no_field_is_told_in_words(ask: Asking, name: str) -> None:
    heard = await ask(name, [b"x"], Message("user", "Who?"), schema=SCHEMA)
    sent = "".join(r.content.decode() for r in heard.requests if r.method == "POST")
    assert "JSON Schema" in sent
    assert "response_format" not in sent


@pytest.mark.parametrize("schema", [{"type": "array"}, {"enum": [1]}, {"anyOf": [BARE]}])
@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_a_field_takes_objects_alone(ask: Asking, name: str, schema: Any) -> None:
    given = AnswerSchema(schema)
    heard = await ask(name, [CHAT], Message("user", "Who?"), model="m", schema=given)
    (body,) = bodies(heard)
    assert "response_format" not in body
    assert json.dumps(schema, separators=(",", ":")) in last_words(body)


async def test_the_last_question_says_it_and_earlier_ones_do_not(ask: Asking) -> None:
    said = (Message("system", "Be kind"), Message("user", "Hi"), Message("assistant", "Hello"))
    heard = await ask("anthropic", [CHAT], *said, Message("user", "Who?"), schema=SCHEMA)
    (body,) = bodies(heard)
    assert [m["content"] for m in body["messages"][:3]] == ["Be kind", "Hi", "Hello"]
    assert "JSON Schema" in last_words(body)


async def test_an_option_of_the_person_goes_before(ask: Asking) -> None:
    options = {"response_format": {"type": "text"}}
    heard = await ask("openai", [CHAT], model="m", schema=SCHEMA, options=options)
    (body,) = bodies(heard)
    assert body["response_format"] == {"type": "text"}


def strict(schema: dict[str, Any]) -> bool:
    field = field_for(AnswerSchema(schema, way="json_schema"))["response_format"]["json_schema"]
    return bool(field.get("strict"))


@pytest.mark.parametrize(
    "more",
    [
        {"required": []},
        {"additionalProperties": True},
        {"additionalProperties": {"type": "string"}},
        {"allOf": [{}]},
        {"properties": {"name": {"type": "string", "maxLength": 5}}},
        {"properties": {"name": {"type": "object"}}},
        {"properties": {"name": {"type": "string", "format": "uri"}}},
        {"properties": {"name": True}},
        {"$defs": {"a": {"default": 1}}},
        {"properties": {"name": {"items": {"not": {}}}}},
        {"properties": {"name": {"anyOf": [{"oneOf": []}]}}},
    ],
)
def test_what_cannot_be_followed_strictly_is_not_asked_for_strictly(more: dict[str, Any]) -> None:
    assert strict(BARE)
    assert not strict({**BARE, **more})


@pytest.mark.parametrize(
    ("name", "sent"),
    [("", "answer"), ("Счёт", "answer"), ("my invoice!", "my_invoice"), ("a" * 99, "a" * 64)],
)
def test_the_name_is_one_that_services_take(name: str, sent: str) -> None:
    field = field_for(AnswerSchema(BARE, name, "json_schema"))
    assert field["response_format"]["json_schema"]["name"] == sent


def refusing(status: int, said: bytes = REFUSED) -> Any:
    """A server that refuses only the field."""

    def answer(asked: Asked) -> httpx.Response:
        if b"response_format" in asked.body:
            return reply([said], "application/json", status=status)
        return reply([CHAT])

    return answer


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("name", ["openai", "vllm", "deepseek"])
async def test_a_service_that_refuses_the_field_is_asked_in_words(
    ask: Asking, name: str, status: int
) -> None:
    heard = await ask(name, refusing(status), Message("user", "Who?"), model="m", schema=SCHEMA)
    assert heard.error is None
    assert heard.text == "Привет, 你好! 👋"
    assert [e.text for e in heard.events if isinstance(e, Notice)][-1].startswith(
        f"{name} did not accept the schema ("
    )
    assert last_words(bodies(heard)[-1]).count("JSON Schema") == 1


@pytest.mark.parametrize(("status", "kind", "times"), [(400, BadRequest, 2), (503, Unavailable, 1)])
async def test_what_fails_for_another_reason_fails(
    ask: Asking, status: int, kind: type[LlmchatError], times: int
) -> None:
    said = b'{"error":{"message":"out of range"}}'
    heard = await ask(
        "openai",
        lambda asked: reply([said], "application/json", status=status),
        model="m",
        schema=SCHEMA,
    )
    assert isinstance(heard.failed(), kind)
    assert len(bodies(heard)) == times


async def test_a_cut_answer_is_not_asked_for_again(ask: Asking) -> None:
    heard = await ask("openai", [CHAT[:60]], model="m", schema=SCHEMA)
    assert heard.error is not None
    assert len(bodies(heard)) == 1
