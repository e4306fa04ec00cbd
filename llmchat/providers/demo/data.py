"""The demo's answer to a schema: meaningless data that match most schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEEPEST, DEEPEST_LIST = 12, 6  # levels at which a recursive schema ends
MOST_PARTS = 10_000  # recursive schemas may branch
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


def sample(schema: Mapping[str, Any]) -> Any:
    """A value for a schema, by types, formats and first alternatives; patterns are ignored."""
    return _Sample(schema).of(schema)


class _Sample:
    """Builds a value; references are resolved in `root`."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = MOST_PARTS

    def of(self, node: Any, depth: int = 0) -> Any:
        self._left -= 1
        if not isinstance(node, Mapping) or depth > DEEPEST or self._left < 0:
            return None
        if isinstance(target := node.get("$ref"), str):
            return self.of(_found(self._root, target), depth + 1)
        if "const" in node:
            return node["const"]
        for key in ("enum", "examples"):
            if chosen := _rows(node, key):
                return chosen[0]
        for key in ("anyOf", "oneOf", "allOf"):
            if parts := _rows(node, key):
                return self.of(parts[0], depth + 1)
        kinds = _rows(node, "type") or [node.get("type")]
        return self._of_kind(kinds[0] or ("object" if "properties" in node else ""), node, depth)

    def _of_kind(self, kind: object, node: Mapping[str, Any], depth: int) -> Any:
        match kind:
            case "object":
                fields = node.get("properties")
                rows = fields.items() if isinstance(fields, Mapping) else ()
                return {name: self.of(row, depth + 1) for name, row in rows if self._left > 0}
            case "array":
                least = node.get("minItems")
                several = int(max(1, min(least, 100))) if isinstance(least, int | float) else 1
                if depth >= DEEPEST_LIST:
                    return []
                item = node.get("items", {})
                return [self.of(item, depth + 1) for _ in range(several) if self._left > 0]
            case "integer" | "number":
                return node.get("minimum", node.get("maximum", 1))
            case "boolean":
                return True
            case "null":
                return None
        return TEXTS.get(str(node.get("format")), "demo")


def _rows(node: Mapping[str, Any], key: str) -> list[Any]:
    rows = node.get(key)
    return rows if isinstance(rows, list) else []


def _found(root: Mapping[str, Any], target: str) -> Any:
    found: Any = root
    for step in target.split("/")[1:]:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
