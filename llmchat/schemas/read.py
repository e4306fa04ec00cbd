"""Reads a schema from what a person gave: a file, JSON, or the short form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.schemas.bounds import LARGEST, check_bounds, subschemas
from llmchat.schemas.short_form import EXAMPLE, expand
from llmchat.system.opening import from_home, read_regular
from llmchat.values.answer_schema import AnswerSchema

LONGEST_PATH = 4096
ITEMS = "#/properties/items/items"  # where a schema stands in the list of it


def read_schema(
    text: str, *, cwd: Path, is_secret: Callable[[Path], bool], name: str = ""
) -> AnswerSchema:
    """A file, where there is one of that name; `name` is the template's that says it."""
    if not text.strip():
        raise UsageError(msg("the schema is empty"), hint=EXAMPLE)
    if text.lstrip()[0] in "{[":
        body = _parsed(text, msg("the schema"))
    elif path := _file(text.strip(), cwd):
        body = _parsed(_content(path, is_secret), str(path))
    else:
        body = expand(text)
    size = len(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    )
    check_bounds(body, size=size)
    title = body.get("title")
    return AnswerSchema(body, name or (title if isinstance(title, str) else ""))


def listed(schema: AnswerSchema) -> AnswerSchema:
    """The schema of `{"items": [...]}`, each of which matches this one."""
    body = _moved(schema.body)
    of_all = {"$schema": body.pop("$schema")} if "$schema" in body else {}
    items = {"type": "array", "items": body}
    wrapped = {**of_all, "type": "object", "properties": {"items": items}, "required": ["items"]}
    return AnswerSchema(wrapped, schema.name)


def _moved(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy whose references still point at what they did."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for node in subschemas(copy):
        for key in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(node.get(key), str):
                node[key] = ITEMS + node[key].removeprefix("#")  # type: ignore[index]  # our copy
    return copy


def _file(text: str, cwd: Path) -> Path | None:
    """What is spelled as a file has to be one; anything else may be one."""
    if "\n" in text or "\0" in text or len(text) > LONGEST_PATH:
        return None
    try:
        path = cwd / from_home(text)
        if path.is_file():
            return path
    except OSError:  # too long a name
        return None
    if text.endswith(".json") or text.startswith(("./", "../", "/", "~/")):
        raise UsageError(
            msg("there is no schema file {text}", text=text),
            hint=msg("give a file, JSON, or fields"),
        )
    return None


def _content(path: Path, is_secret: Callable[[Path], bool]) -> str:
    if is_secret(path):
        raise UsageError(
            msg("{path} contains keys of yours, and is never sent", path=path), hint=EXAMPLE
        )
    try:
        content = read_regular(path, 16 * LARGEST)  # indented, a schema is several times as large
    except OSError as error:
        raise UsageError(
            msg("cannot read {path}: {strerror}", path=path, strerror=error.strerror), hint=EXAMPLE
        ) from error
    return content.decode("utf-8-sig", "replace")


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        body = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise UsageError(
            msg("{what} is nested too deeply", what=what), hint=msg("flatten it")
        ) from None
    except ValueError as error:
        raise UsageError(
            msg("{what} is not valid JSON: {error}", what=what, error=error), hint=EXAMPLE
        ) from None
    if not isinstance(body, dict):
        raise UsageError(
            msg("{what} is not a JSON object", what=what),
            hint=msg('such as {"type": "object", ...}'),
        )
    return body


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
