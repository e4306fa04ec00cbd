"""One command line with a network of its own, and the schemas of docs/schema/."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.shell import Shell

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


class Interrupted(io.StringIO):
    """A stdin at which somebody presses Ctrl-C."""

    def read(self, size: int | None = -1, /) -> str:
        raise KeyboardInterrupt


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


@pytest.fixture
def llmchat(tmp_path: Path) -> Shell:
    environ = {"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path), "LLMCHAT_RETRIES": "0"}
    return Shell(tmp_path, environ, answer=unreachable)


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.v1.json").read_text("utf-8"))


def fits(name: str, value: object) -> bool:
    """Whether a value matches the schema and has no unknown key."""
    problems = [e.message for e in _strict(name).iter_errors(value)]
    assert not problems, problems
    return True


@cache
def _strict(name: str) -> Draft202012Validator:
    strict = schema(name)
    for part in _objects(strict):
        part["additionalProperties"] = False
    Draft202012Validator.check_schema(strict)
    return Draft202012Validator(strict)


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "properties" in part:
            yield part
        for inner in part.values():
            yield from _objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _objects(inner)
