"""Reads a schema given as a file, as JSON, or in the short form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.language.nearest import suggestion
from llmchat.schemas.bounds import LARGEST, check_bounds, subschemas
from llmchat.system.opening import from_home, read_regular
from llmchat.values.answer_schema import AnswerSchema

LONGEST_PATH = 4096
TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
EXAMPLE = msg("llmchat ask --schema 'name, age int, bio: a few words' ...")
ITEMS = "#/properties/items/items"  # where the item's schema is in the list's


def read_schema(
    text: str, *, cwd: Path, is_secret: Callable[[Path], bool], name: str = ""
) -> AnswerSchema:
    """Reads a schema; the text is a file name if such a file exists. `name` is that of the template
    it comes from."""
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
    """The schema of `{"items": [...]}` with items that match this one."""
    body = _moved(schema.body)
    of_all = {"$schema": body.pop("$schema")} if "$schema" in body else {}
    items = {"type": "array", "items": body}
    wrapped = {**of_all, "type": "object", "properties": {"items": items}, "required": ["items"]}
    return AnswerSchema(wrapped, schema.name)


def _moved(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the schema whose references are adapted to its new place."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for node in subschemas(copy):
        for key in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(node.get(key), str):
                node[key] = ITEMS + node[key].removeprefix("#")  # type: ignore[index]  # our copy
    return copy


def _file(text: str, cwd: Path) -> Path | None:
    """The file that the text names; raises an error if it looks like a file name but is not a
    file."""
    if "\n" in text or "\0" in text or len(text) > LONGEST_PATH:
        return None
    try:
        path = cwd / from_home(text)
        if path.is_file():
            return path
    except OSError:  # the name is too long
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
            msg("{path} contains your keys and is never sent", path=path), hint=EXAMPLE
        )
    try:
        # An indented schema may be several times as large.
        content = read_regular(path, 16 * LARGEST)
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


def expand(text: str) -> dict[str, Any]:
    """Expands the short form of `llm`: `name, age int, bio: a few words`. Fields are separated by
    commas or lines; all are required."""
    found: dict[str, Any] = {}
    for field in text.split("\n" if "\n" in text else ","):
        if field.strip():
            name, kind, description = _parts(field)
            if name in found:
                raise UsageError(
                    msg("the schema has the field {name!r} twice", name=name), hint=EXAMPLE
                )
            found[name] = {"type": kind, **({"description": description} if description else {})}
    if not found:
        raise UsageError(msg("the schema has no fields"), hint=EXAMPLE)
    return {"type": "object", "properties": found, "required": list(found)}


def _parts(field: str) -> tuple[str, str, str]:
    head, _, description = field.partition(":")
    words = head.split()
    if not words:
        raise UsageError(
            msg("a field of the schema has no name: {field!r}", field=field.strip()), hint=EXAMPLE
        )
    kind = words[1] if len(words) > 1 else "str"
    if kind not in TYPES:
        hint = suggestion(kind, TYPES) or msg("use one of: {types}", types=", ".join(TYPES))
        raise UsageError(
            msg("unknown type {kind!r} of the schema's field {words!r}", kind=kind, words=words[0]),
            hint=hint,
        )
    return words[0], TYPES[kind], description.strip()
