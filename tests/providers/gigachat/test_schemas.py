"""Schemas as GigaChat's functions take them: what becomes of each thing that they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmchat.providers.gigachat.functions.schemas import MOST_PARTS, narrowed
from tests.servers.functions import about_schema

WORD = {"type": "string"}


def of(schema: Any, **root: Any) -> Any:
    """The narrowed schema of one property."""
    return narrowed({"type": "object", "properties": {"x": schema}, **root})["properties"]["x"]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": ["object", "null"]}])
def test_an_object_always_has_properties(schema: Any) -> None:
    assert narrowed(schema) == {"type": "object", "properties": {}}
    assert of({"type": "object"}) == {"type": "object", "properties": {}}


CASES: dict[str, tuple[Any, Any]] = {
    "null beside a type": ({"type": ["string", "null"]}, WORD),
    "null as an alternative": ({"anyOf": [WORD, {"type": "null"}]}, WORD),
    "several types": (
        {"type": ["integer", "string"]},
        {"type": "integer", "description": "or string"},
    ),
    "alternatives of other types": (
        {"anyOf": [WORD, {"type": "array", "items": WORD}], "description": "Who"},
        {"type": "string", "description": "Who; or array"},
    ),
    "whole numbers or any": (
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        {"type": "number"},
    ),
    "words to choose from": (
        {"oneOf": [{"const": "a"}, {"const": "b"}]},
        {"type": "string", "enum": ["a", "b"]},
    ),
    "alternatives of objects": (
        {
            "anyOf": [
                {"type": "object", "properties": {"a": WORD, "k": WORD}, "required": ["a", "k"]},
                {"type": "object", "properties": {"b": WORD, "k": WORD}, "required": ["b", "k"]},
            ]
        },
        {"type": "object", "properties": {"a": WORD, "k": WORD, "b": WORD}, "required": ["k"]},
    ),
    "all of several": (
        {
            "allOf": [
                {"properties": {"a": WORD}, "required": ["a"]},
                {"properties": {"b": WORD}, "required": ["b"]},
            ]
        },
        {"type": "object", "properties": {"a": WORD, "b": WORD}, "required": ["a", "b"]},
    ),
    "an array of anything": ({"type": "array"}, {"type": "array", "items": WORD}),
    "a row of fixed ones": (
        {"type": "array", "prefixItems": [{"type": "integer"}, WORD], "items": False},
        {"type": "array", "items": {"type": "integer"}},
    ),
    "anything": (True, WORD),
    "no type, but words": ({"enum": ["a", "b", None]}, {"type": "string", "enum": ["a", "b"]}),
    "numbers to choose from": (
        {"type": "integer", "enum": [1, 2]},
        {"type": "integer", "description": "one of 1, 2"},
    ),
    "a format it takes": (
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date"},
    ),
    "another format": (
        {"type": "string", "format": "uri", "description": "Where"},
        {"type": "string", "description": "Where; format: uri"},
    ),
    "bounds and a default": (
        {"type": "integer", "minimum": 1, "default": 5},
        {"type": "integer", "description": "default: 5; minimum: 1"},
    ),
    "what is required and not there": (
        {"type": "object", "properties": {"a": WORD}, "required": ["a", "gone"]},
        {"type": "object", "properties": {"a": WORD}, "required": ["a"]},
    ),
    "other keywords": (
        {"type": "object", "additionalProperties": False, "$schema": "x", "nullable": True},
        {"type": "object", "properties": {}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "expected"), CASES.values(), ids=CASES)
def test_what_it_does_not_take_is_said_otherwise(schema: Any, expected: Any) -> None:
    assert of(schema) == expected


def test_references_are_put_in_their_place() -> None:
    named = {"$defs": {"Zone/x": {"type": "string", "description": "A zone."}}}
    assert of({"$ref": "#/$defs/Zone~1x"}, **named) == {"type": "string", "description": "A zone."}
    told = of({"$ref": "#/$defs/Zone~1x", "description": "Where."}, **named)
    assert told["description"] == "Where."
    optional = {"anyOf": [{"$ref": "#/$defs/Zone~1x"}, {"type": "null"}]}
    assert of(optional, **named) == {"type": "string", "description": "A zone."}


@pytest.mark.parametrize("place", ["https://example.org/schema.json", "#/nowhere", "file.json", ""])
def test_a_reference_to_elsewhere_is_anything(place: str) -> None:
    assert of({"$ref": place}) == WORD


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}
    found = narrowed(tree)
    assert about_schema(found, "tree") == ""
    assert str(found).count("type") <= MOST_PARTS + 10 * 64
    ring = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert of({"$ref": "#/$defs/a"}, **ring) == WORD
    assert of({"allOf": [{"$ref": "#/properties/x"}]}) == WORD


NAMES = st.sampled_from(
    ["type", "properties", "required", "items", "enum", "const", "anyOf", "oneOf", "allOf", "$ref",
     "format", "description", "default", "prefixItems", "additionalProperties", "nullable"]
)  # fmt: skip
LEAVES = st.sampled_from(
    [None, True, 1, 1.5, "", "a", "object", "array", "string", "null", "#", "#/properties/a",
     ["object", "null"], ["a"], [1, "a"], {"type": "string"}, {"const": "a"}]
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.just("a"), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(schema=st.dictionaries(NAMES, SCHEMAS, max_size=5))
def test_whatever_comes_the_service_takes_what_is_made_of_it(schema: dict[str, Any]) -> None:
    found = narrowed(schema)
    assert found["type"] == "object"
    assert about_schema(found, "root") == ""
