"""Limits of a schema: its size and depth, no references elsewhere, and no endless references.

Why: docs/decisions/0125-answers-are-checked-in-a-process.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmchat.errors import UsageError
from llmchat.language import msg

LARGEST = 64 * 1024  # bytes; as compact JSON
DEEPEST = 32
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
# Keywords whose values are data, however much they may look like a schema.
DATA = frozenset(("const", "enum", "default", "examples", "example"))
NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
# Keywords whose schemas apply to the same value; a reference cycle through these alone never ends.
SAME_VALUE = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"))
IN_A_FILE = msg("put what it refers to into its $defs, and refer to it as #/$defs/NAME")
BETWEEN = msg("put properties or items between a schema and a reference back to it")

Node = Mapping[str, Any]


def check_bounds(schema: Node, *, size: int) -> None:
    """Raises UsageError for a schema outside the limits; nothing is fetched."""
    if size > LARGEST:
        raise UsageError(
            msg("the schema is larger than {largest} KiB", largest=LARGEST // 1024),
            hint=msg("use a part of it"),
        )
    if is_deeper(schema, DEEPEST):
        raise UsageError(
            msg("the schema is nested deeper than {deepest} levels", deepest=DEEPEST),
            hint=msg("flatten it"),
        )
    for node in subschemas(schema):
        for target in _references(node):
            if pointed_at(schema, target) is None:
                raise _nowhere(target)
    _refuse_circles(schema)


def is_deeper(value: object, most: int) -> bool:
    """Whether lists and objects are nested deeper than `most`."""
    level: list[object] = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return False
    return True


def _containers(value: object) -> Iterator[object]:
    inside: Iterable[object] = value.values() if isinstance(value, dict) else ()
    inside = value if isinstance(value, list) else inside
    return (inner for inner in inside if isinstance(inner, dict | list))


def subschemas(schema: object, *, named: bool = False) -> Iterator[Node]:
    """A schema and all its subschemas; with `named`, the keys of this object are names, not
    keywords."""
    if isinstance(schema, list):
        for part in schema:
            yield from subschemas(part)
    elif isinstance(schema, dict):
        if not named:
            yield schema
        for key, part in schema.items():
            if named or key not in DATA:
                yield from subschemas(part, named=not named and key in NAMED)


def _references(node: Node) -> Iterator[str]:
    return (node[key] for key in REFERENCES if isinstance(node.get(key), str))


def pointed_at(schema: Node, reference: str) -> object:
    """The value at `#/$defs/name`; None for a missing one, and for a reference outside this
    schema."""
    if reference != "#" and not reference.startswith("#/"):
        return None
    found: Any = schema
    for step in reference.split("/")[1:]:
        name = _unquoted(step)
        if isinstance(found, list) and name in map(str, range(len(found))):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found if isinstance(found, dict | bool) else None


def _unquoted(step: str) -> str:
    from urllib.parse import unquote  # only with references

    return unquote(step).replace("~1", "/").replace("~0", "~")


def _nowhere(target: str) -> UsageError:
    shown = target[:100]
    if target.startswith("#"):
        return UsageError(
            msg("the schema refers to {shown!r}, which it does not have", shown=shown),
            hint=IN_A_FILE,
        )
    return UsageError(
        msg("the schema refers to {shown!r}; llmchat never fetches other schemas", shown=shown),
        hint=IN_A_FILE,
    )


def _refuse_circles(schema: Node) -> None:
    done: set[int] = set()
    for start in subschemas(schema):
        on_the_way: set[int] = set()
        stack: list[tuple[Node, bool]] = [(start, False)]
        while stack:
            node, left = stack.pop()
            if left:
                on_the_way.discard(id(node))
                done.add(id(node))
            elif id(node) in on_the_way:
                raise UsageError(msg("the schema refers to itself endlessly"), hint=BETWEEN)
            elif id(node) not in done:
                on_the_way.add(id(node))
                stack.append((node, True))
                stack += [(inner, False) for inner in _of_same_value(schema, node)]


def _of_same_value(schema: Node, node: Node) -> Iterator[Node]:
    for target in _references(node):
        found = pointed_at(schema, target)
        if isinstance(found, dict):
            yield found
    for key in SAME_VALUE & node.keys():
        part = node[key]
        inner = part if isinstance(part, list) else [part]
        if key == "dependentSchemas" and isinstance(part, dict):
            inner = list(part.values())
        yield from (found for found in inner if isinstance(found, dict))
