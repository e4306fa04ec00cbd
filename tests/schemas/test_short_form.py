"""The short form of a schema gives what `llm` 0.36 gives for the same words."""

from __future__ import annotations

from typing import Any

import pytest

from llmchat.errors import UsageError
from llmchat.schemas.read import expand


def fields(**kinds: Any) -> dict[str, Any]:
    found = {n: k if isinstance(k, dict) else {"type": k} for n, k in kinds.items()}
    return {"type": "object", "properties": found, "required": list(found)}


# What `llm.utils.schema_dsl` returned for each, recorded.
RECORDED = {
    "name": fields(name="string"),
    "name, age int": fields(name="string", age="integer"),
    "name,age int,bio": fields(name="string", age="integer", bio="string"),
    "ok bool, share float, word str": fields(ok="boolean", share="number", word="string"),
    "name, age int, bio: a few words": fields(
        name="string", age="integer", bio={"type": "string", "description": "a few words"}
    ),
    "name: with: colons": fields(name={"type": "string", "description": "with: colons"}),
    "name: first, and last\n age int : in years \n\n": fields(
        name={"type": "string", "description": "first, and last"},
        age={"type": "integer", "description": "in years"},
    ),
    "name int extra words": fields(name="integer"),
    " , name , ": fields(name="string"),
    "имя, возраст int": fields(имя="string", возраст="integer"),
    "name:": fields(name="string"),
}


@pytest.mark.parametrize("text", RECORDED)
def test_it_is_that_of_llm(text: str) -> None:
    assert expand(text) == RECORDED[text]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("age integer", "unknown type 'integer'"),
        ("name, name", "the field 'name' twice"),
        ("name, : nameless", "has no name"),
        (", ,", "no fields"),
    ],
)
def test_what_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        expand(text)
