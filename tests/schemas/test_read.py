"""What a person may give for a schema, and what is refused before anything is sent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from llmchat.errors import UsageError
from llmchat.schemas.read import listed, read_schema
from llmchat.values.answer_schema import AnswerSchema

PERSON = {"type": "object", "title": "Person", "properties": {"name": {"type": "string"}}}


def read(text: str, cwd: Path = Path("/"), *, secret: bool = False) -> AnswerSchema:
    return read_schema(text, cwd=cwd, is_secret=lambda path: secret)


def refused(schema: Any) -> str:
    with pytest.raises(UsageError) as caught:
        read(json.dumps(schema))
    assert caught.value.exit_code == 2
    return caught.value.message


def test_json_a_file_and_fields(tmp_path: Path) -> None:
    (tmp_path / "person.json").write_text("\ufeff" + json.dumps(PERSON, indent=4), "utf-8")
    assert read(json.dumps(PERSON)) == AnswerSchema(PERSON, "Person")
    assert read("person.json", tmp_path) == AnswerSchema(PERSON, "Person")
    assert read("name").body["required"] == ["name"]


def test_a_file_goes_before_a_field_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "person").write_text(json.dumps(PERSON))
    assert read("person", tmp_path).name == "Person"
    assert read("someone", tmp_path).name == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  ", "empty"),
        ("[1]", "not a JSON object"),
        ('{"type": }', "not valid JSON"),
        ('{"a": NaN}', "NaN is not JSON"),
        ("missing.json", "no schema file missing.json"),
        ("./missing", "no schema file ./missing"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "deep"),
    ],
)
def test_what_is_not_a_schema_says_why(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        read(text, tmp_path)


def test_a_pipe_is_no_schema_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(UsageError, match="no schema file"):
        read("pipe.json", tmp_path)


def test_a_file_with_keys_is_never_sent(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{}")
    with pytest.raises(UsageError, match="never sent"):
        read("credentials.json", tmp_path, secret=True)


def test_a_schema_has_a_size_and_a_depth() -> None:
    assert "64 KiB" in refused({"description": "x" * 70_000})
    deep: dict[str, Any] = {}
    for _ in range(20):
        deep = {"properties": {"a": deep}}
    assert "32 levels" in refused(deep)


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/schema.json",
        "https://example.com/schema.json#/$defs/a",
        "file:///etc/passwd",
        "other.json#/a",
        "//evil.example/a",
        "urn:example:a",
        "HTTP://127.0.0.1:9/",
    ],
)
@pytest.mark.parametrize("key", ["$ref", "$dynamicRef", "$recursiveRef"])
def test_another_schema_is_never_fetched(target: str, key: str) -> None:
    schema = {"type": "object", "properties": {"a": {"items": [{key: target}]}}}
    assert "never fetches" in refused(schema)


@pytest.mark.parametrize("target", ["#/$defs/none", "#name", "#/$defs/a/type", "#/$defs/a/enum/7"])
def test_a_reference_has_to_lead_somewhere(target: str) -> None:
    schema = {"$defs": {"a": {"type": "string", "enum": ["x"]}}, "$ref": target}
    assert "does not have" in refused(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"properties": {"a": {"$ref": "#/properties/a"}}},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}},
        {"$defs": {"a": {"not": {"if": {"$ref": "#/$defs/a"}}}}},
        {"dependentSchemas": {"x": {"$ref": "#"}}},
    ],
)
def test_a_reference_back_at_once_has_no_end(schema: Any) -> None:
    assert "endlessly" in refused(schema)


def test_who_refers_back_at_once_is_told_what_is_missing() -> None:
    with pytest.raises(UsageError) as caught:
        read('{"$ref": "#"}')
    assert caught.value.hint.startswith("put properties or items between")


def test_a_tree_refers_to_itself_and_is_taken() -> None:
    tree = {"type": "object", "properties": {"kids": {"items": {"$ref": "#"}}}}
    assert read(json.dumps(tree)).body == tree


def test_data_that_looks_like_a_reference_is_data() -> None:
    schema = {
        "properties": {"$ref": {"type": "string"}},
        "const": {"$ref": "https://example.com"},
        "examples": [{"$ref": "x"}],
    }
    assert read(json.dumps(schema)).body == schema


def test_names_with_slashes_and_tildes_are_found() -> None:
    schema = {"$defs": {"a/b~c d": {}}, "$ref": "#/$defs/a~1b~0c%20d"}
    assert read(json.dumps(schema)).body == schema


def test_a_list_of_it_is_that_of_llm() -> None:
    wrapped = listed(read("name")).body
    assert wrapped == {
        "type": "object",
        "properties": {"items": {"type": "array", "items": read("name").body}},
        "required": ["items"],
    }


def test_references_still_lead_to_the_same_in_a_list() -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"a": {}}}
    schema["properties"] = {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#"}}
    body = listed(AnswerSchema(schema, "T")).body
    inner = body["properties"]["items"]["items"]["properties"]
    assert body["$schema"] == schema["$schema"]
    assert inner["x"]["$ref"] == "#/properties/items/items/$defs/a"
    assert inner["y"]["$ref"] == "#/properties/items/items"
