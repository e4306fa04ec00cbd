"""The short form of a schema, `name, age int, bio: a few words`, as `llm` reads it."""

from __future__ import annotations

from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.nearest import suggestion

TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
EXAMPLE = msg("llmchat ask --schema 'name, age int, bio: a few words' ...")


def expand(text: str) -> dict[str, Any]:
    """Fields stand in lines, or between commas; every one of them is required."""
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
