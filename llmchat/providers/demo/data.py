"""The demo's answer to a schema: a value that matches most schemas, and means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEEPEST, DEEPEST_LIST = 12, 6  # then a schema that refers to itself ends
TEXTS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "demo@example.org",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.org",
}


def sample(node: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """By types, formats and the first of what may be chosen; patterns are not looked at."""
    if not isinstance(node, Mapping) or depth > DEEPEST:
        return None
    if isinstance(target := node.get("$ref"), str):
        return sample(_found(root, target), root, depth + 1)
    if "const" in node:
        return node["const"]
    for key in ("enum", "examples"):
        if node.get(key):
            return node[key][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if node.get(key):
            return sample(node[key][0], root, depth + 1)
    kinds = node.get("type", "object" if "properties" in node else "string")
    return _of_kind(kinds[0] if isinstance(kinds, list) else kinds, node, root, depth)


def _of_kind(kind: str, node: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    match kind:
        case "object":
            fields = node.get("properties", {})
            return {name: sample(inner, root, depth + 1) for name, inner in fields.items()}
        case "array":
            several = int(max(1, min(node.get("minItems", 1), 100)))
            if depth >= DEEPEST_LIST:
                return []
            return [sample(node.get("items", {}), root, depth + 1)] * several
        case "integer" | "number":
            return node.get("minimum", node.get("maximum", 1))
        case "boolean":
            return True
        case "null":
            return None
    return TEXTS.get(str(node.get("format")), "demo")


def _found(root: Mapping[str, Any], target: str) -> Any:
    found: Any = root
    for step in target.split("/")[1:]:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
