"""Answers are checked in a process: right, in time, and nothing is left of it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from llmchat.errors import SchemaMismatch, UsageError
from llmchat.schemas.checker import CHILD, SchemaChecker
from tests.servers.scripted import always, serving, whole

BOMB = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
FUSE = {"a": "a" * 60 + "!"}


async def faults(schema: dict[str, Any], *data: object) -> list[list[str]]:
    checker = SchemaChecker(schema, patience=30)
    try:
        return [await checker.faults(value) for value in data]
    finally:
        await checker.aclose()


async def test_faults_name_the_place() -> None:
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"required": ["age"]}}},
        "required": ["items"],
    }
    good, bad, empty = await faults(schema, {"items": [{"age": 1}]}, {"items": [{}, {}]}, {})
    assert good == []
    assert bad == [f"$.items[{n}]: 'age' is a required property" for n in (0, 1)]
    assert empty == ["$: 'items' is a required property"]


async def test_faults_are_few_and_short() -> None:
    ((*found,),) = await faults({"items": {"type": "integer"}}, ["x" * 1000] * 1000)
    assert len(found) == 8
    assert max(map(len, found)) <= 200


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("date", "2026-11-26", "26.11.2026"),
        ("date-time", "2026-11-26T10:00:00Z", "2026-11-26T10:00:00"),
        ("date-time", "2026-11-26T10:00:00.5+03:00", "tomorrow"),
        ("time", "10:00:00", "ten"),
        ("email", "a@b.example", "nobody"),
        ("uuid", "0a1b2c3d-0000-4000-8000-000000000000", "0a1b"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "::g"),
    ],
)
async def test_formats_are_checked(kind: str, right: str, wrong: str) -> None:
    (good, bad, number) = await faults({"format": kind}, right, wrong, 5)
    assert (good, bool(bad), number) == ([], True, [])


async def test_a_draft_that_is_named_is_the_one_that_counts() -> None:
    """`items` as a list was replaced in 2020-12."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert await faults(schema, ["a"], [1]) == [[], ["$[0]: 1 is not of type 'string'"]]


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "objekt"}, "objekt"),
        ({"properties": []}, "not of type 'object'"),
        ({"pattern": "("}, "not a 'regex'"),
        ({"$schema": 5}, "not a valid JSON Schema"),
        ({"properties": {"a": {"minimum": "5"}}}, "minimum"),
    ],
)
async def test_what_is_not_a_schema_is_told_at_once(schema: dict[str, Any], says: str) -> None:
    checker = SchemaChecker(schema)
    with pytest.raises(UsageError, match=says):
        await checker.open()
    await checker.aclose()


async def test_a_pattern_that_takes_years_is_ended_and_the_next_answer_is_checked() -> None:
    checker = SchemaChecker(BOMB, patience=1)
    await checker.open()
    before = time.monotonic()
    with pytest.raises(SchemaMismatch, match="within 1 s") as caught:
        await checker.faults(FUSE)
    assert time.monotonic() - before < 20
    assert not caught.value.faults
    assert await checker.faults({"a": "aaa"}) == []
    await checker.aclose()


async def test_references_that_double_at_each_step_are_ended_too() -> None:
    """No pattern in it, and 2 to the 28th checks."""
    doubled: dict[str, Any] = {"a28": {"type": "integer"}}
    for n in range(28):
        doubled[f"a{n}"] = {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2}
    checker = SchemaChecker({"$defs": doubled, "$ref": "#/$defs/a0"}, patience=1)
    with pytest.raises(SchemaMismatch, match="within 1 s"):
        await checker.faults(5)
    await checker.aclose()


async def test_a_deep_answer_to_a_recursive_schema_is_checked() -> None:
    tree = {"type": "object", "properties": {"kid": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}
    data: Any = {"kid": None}
    for _ in range(98):
        data = {"kid": data}
    assert await faults(tree, data) == [[]]


async def test_what_cannot_be_checked_is_told_at_once() -> None:
    elsewhere = {
        "properties": {"a": {"$id": "http://x/a", "$ref": "#/$defs/b"}},
        "$defs": {"b": {}},
    }
    assert "'/$defs/b' does not exist" in str(await faults(elsewhere, {"a": 1}))
    assert "too large" in str(await faults({"multipleOf": 0.01}, 10**400))


async def test_answers_side_by_side_get_their_own_faults() -> None:
    checker = SchemaChecker({"type": "integer"})
    found = await asyncio.gather(*(checker.faults(v) for v in (1, "a", 2, "b")))
    assert found == [
        [],
        ["$: 'a' is not of type 'integer'"],
        [],
        ["$: 'b' is not of type 'integer'"],
    ]
    await checker.aclose()


async def test_who_is_stopped_in_the_middle_leaves_no_reply_for_the_next() -> None:
    checker = SchemaChecker(BOMB, patience=60)
    await checker.open()
    task = asyncio.create_task(checker.faults(FUSE))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await checker.faults({"a": 5}) == ["$.a: 5 is not of type 'string'"]
    await checker.aclose()


async def test_the_child_fetches_nothing_even_if_it_is_given_a_reference() -> None:
    """The bounds refuse it before; this is the second wall."""
    async with serving(always(whole({"type": "integer"}))) as server:
        checker = SchemaChecker({"$ref": f"{server.url}/schema.json"}, patience=20)
        (fault,) = await checker.faults("text")
        await checker.aclose()
        assert "Unresolvable" in fault
        assert server.connections == 0


def test_a_child_whose_parent_was_killed_ends() -> None:
    """Its pipe is closed, and it would not look at it for years."""
    reader, writer = os.pipe()
    for row in ({"schema": BOMB, "patience": 1}, FUSE):
        os.write(writer, json.dumps(row).encode() + b"\n")
    child = subprocess.Popen(
        [sys.executable, "-P", str(CHILD)], stdin=reader, stdout=subprocess.DEVNULL
    )
    os.close(reader)
    os.close(writer)
    assert child.wait(timeout=60) != 0
