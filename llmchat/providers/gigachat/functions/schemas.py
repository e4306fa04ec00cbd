"""Rewrites a JSON Schema with the few keywords that GigaChat's functions accept.

It accepts `type`, `description`, `properties`, `required`, `items`, `enum` of strings, and three
formats. Anything else is added to the description, which the model reads.

Why: docs/decisions/0120-tools-on-two-wires.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DEEPEST = 12  # levels at which a recursive schema ends
MOST_PARTS = 2000
FORMATS = ("date", "date-time", "time")
TYPES = ("object", "array", "string", "number", "integer", "boolean")
TOLD = (
    "const", "default", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minLength", "maxLength", "minItems", "maxItems",
)  # fmt: skip

Schema = Mapping[str, Any]


def narrowed(schema: Schema) -> dict[str, Any]:
    """The schema of a function's parameters, which is always an object."""
    found = _Narrowing(schema).of({**schema, "type": "object"})
    return {"type": "object", "properties": {}, **found}


class _Narrowing:
    """Rewrites one schema; references are resolved in `root`."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = MOST_PARTS

    def of(self, schema: object, depth: int = 0) -> dict[str, Any]:
        """The schema for GigaChat; `true`, and what is too deep or too large, becomes JSON text."""
        self._left -= 1
        if not isinstance(schema, Mapping) or depth > DEEPEST or self._left < 0:
            return {"type": "string"}
        schema = self._single(schema)
        kind = _kind(schema)
        found: dict[str, Any] = {"type": kind}
        if kind == "object":
            found |= self._object(schema, depth)
        elif kind == "array":
            found["items"] = self.of(_item(schema), depth + 1)
        elif kind == "string":
            found |= _text(schema)
        if described := "; ".join(_described(schema, found)):
            found["description"] = described
        return found

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        rows = properties if isinstance(properties, Mapping) else {}
        found = {str(name): self.of(row, depth + 1) for name, row in rows.items()}
        wanted = schema.get("required")
        names = wanted if isinstance(wanted, list) else []
        required = [name for name in found if name in names]
        return {"properties": found, **({"required": required} if required else {})}

    def _single(self, schema: Schema) -> Schema:
        """The schema without references and alternatives."""
        for _ in range(DEEPEST):
            if isinstance(schema.get("$ref"), str):
                schema = self._resolved(schema)
            elif parts := _parts(schema, "allOf"):
                schema = _merged([_without(schema, "allOf"), *map(self._resolved, parts)])
            elif parts := _parts(schema, "anyOf") or _parts(schema, "oneOf"):
                rest = _without(schema, "anyOf", "oneOf")
                schema = _merged([rest, _either([*map(self._resolved, parts)])])
            else:
                break
        return schema

    def _resolved(self, schema: Schema) -> Schema:
        """The schema with its reference resolved."""
        place = schema.get("$ref")
        if not isinstance(place, str):
            return schema
        return {**self._target(place), **_without(schema, "$ref")}

    def _target(self, place: str) -> Schema:
        """The schema that a reference names inside `root`; nothing is fetched."""
        found: object = self._root
        for name in place.removeprefix("#").split("/")[1:] if place.startswith("#") else ["?"]:
            name = name.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}


def _parts(schema: Schema, name: str) -> list[Schema]:
    rows = schema.get(name)
    return [r for r in rows if isinstance(r, Mapping)] if isinstance(rows, list) else []


def _without(schema: Schema, *names: str) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}


def _merged(parts: Sequence[Schema]) -> Schema:
    """Merges the schemas of `allOf`: `properties` and `required` are combined; of other keywords
    the first counts."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            known = found.get(name)
            if isinstance(known, dict) and isinstance(value, dict) and name == "properties":
                found[name] = {**known, **value, **known}
            elif isinstance(known, list) and isinstance(value, list) and name == "required":
                found[name] = [*known, *(v for v in value if v not in known)]
            else:
                found.setdefault(name, value)
    return found


def _either(parts: Sequence[Schema]) -> Schema:
    """Merges alternatives into one schema: objects get the properties of all; of others the first
    is used, and the rest is described. `null` is dropped, because the field can be left out."""
    parts = [p for p in parts if p.get("type") != "null" and p.get("const", p) is not None]
    if len(parts) < 2:
        return parts[0] if parts else {"type": "string"}
    if all(_kind(p) == "object" for p in parts):
        every = [p.get("required") for p in parts]
        required = [set(map(str, r)) if isinstance(r, list) else set[str]() for r in every]
        shared = sorted(set.intersection(*required))
        return {**_without(_merged(parts), "required"), "required": shared}
    values = [v for p in parts for v in _values(p)]
    if values and all(isinstance(v, str) for v in values) and all(map(_values, parts)):
        return {"type": "string", "enum": values}
    kinds = list(dict.fromkeys(map(_kind, parts)))
    if set(kinds) == {"integer", "number"}:
        return {"type": "number"}
    return {**parts[0], "type": kinds}


def _values(schema: Schema) -> list[Any]:
    if isinstance(schema.get("enum"), list):
        return [value for value in schema["enum"] if value is not None]
    return [schema["const"]] if schema.get("const") is not None else []


def _kind(schema: Schema) -> str:
    """The type: the first of several that is not null; without one it is guessed."""
    given = schema.get("type")
    kinds = [k for k in (given if isinstance(given, list) else [given]) if k in TYPES]
    if kinds:
        return str(kinds[0])
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    for value in _values(schema)[:1]:
        known = {bool: "boolean", int: "integer", float: "number"}
        return known.get(type(value), "string")
    return "string"


def _item(schema: Schema) -> object:
    """The schema of an array's items; for a tuple that of the first."""
    items = schema.get("items", True)
    fixed = schema.get("prefixItems", items)
    return fixed[0] if isinstance(fixed, list) and fixed else items


def _text(schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = {}
    values = _values(schema)
    if values and all(isinstance(v, str) for v in values):
        found["enum"] = list(dict.fromkeys(values))
    if schema.get("format") in FORMATS:
        found["format"] = schema["format"]
    return found


def _described(schema: Schema, found: Mapping[str, Any]) -> Iterator[str]:
    """The description, followed by what the keywords cannot express."""
    if isinstance(schema.get("description"), str) and schema["description"]:
        yield schema["description"]
    if "enum" not in found and len(values := _values(schema)) > 1:
        yield f"one of {', '.join(map(_json, values))}"
    given = schema.get("type")
    if isinstance(given, list):
        others = [k for k in given if k in TYPES and k != found["type"]]
        if others:
            yield f"or {', '.join(others)}"
    if isinstance(schema.get("format"), str) and "format" not in found:
        yield f"format: {schema['format']}"
    for name in TOLD:
        if schema.get(name) is not None and not (name == "const" and "enum" in found):
            yield f"{name}: {_json(schema[name])}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
