"""Schemas of real projects: read, checked, told to services, and wrapped in a list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from llmchat.providers.formats.structured import field_for
from llmchat.schemas.checker import SchemaChecker
from llmchat.schemas.read import listed, read_schema
from llmchat.values.answer_schema import AnswerSchema
from tests.schemas.real import SCHEMAS
from tests.servers.structured import nested


def read(name: str) -> AnswerSchema:
    text = json.dumps(SCHEMAS[name].schema)
    return read_schema(text, cwd=Path("/"), is_secret=lambda path: False)


@pytest.mark.parametrize("name", SCHEMAS)
async def test_answers_are_told_apart(name: str) -> None:
    real = SCHEMAS[name]
    checker = SchemaChecker(read(name).body)
    assert await checker.faults(real.right) == []
    for says, answer in real.wrong.items():
        found = "\n".join(await checker.faults(answer))
        pattern = says if "|" in says else re.escape(says)
        assert re.search(pattern, found), f"{says}: {found}"
    await checker.aclose()


@pytest.mark.parametrize("name", SCHEMAS)
async def test_so_are_lists_of_them(name: str) -> None:
    real = SCHEMAS[name]
    checker = SchemaChecker(listed(read(name)).body)
    assert await checker.faults({"items": [real.right, real.right]}) == []
    for answer in real.wrong.values():
        assert await checker.faults({"items": [real.right, answer]})
    await checker.aclose()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_strict_service_takes_it_as_it_is_told(name: str) -> None:
    real = SCHEMAS[name]
    schema = AnswerSchema(real.schema, read(name).name, "json_schema")
    body = field_for(schema)
    assert nested(body) == ""
    assert body["response_format"]["json_schema"].get("strict", False) is real.strict
