"""Reasoning that a service needs back with its calls, signed and opaque (`reasoning_details`).

Rows may be streamed in fragments with the same index, which must be joined again, or the signature
does not match.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

GROWING = ("text", "summary", "data")  # fields that come in pieces
NAMED = ("index", "type")


class KeptThoughts:
    """Takes the fragments, and returns the rows to send back."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []

    def take(self, fragments: object) -> Iterator[int]:
        """Takes fragments, and yields the size of each, so that the caller can limit them."""
        for fragment in fragments if isinstance(fragments, list) else ():
            if isinstance(fragment, dict):
                last = self._rows[-1] if self._rows else None
                if last is None or not last.goes_on_with(fragment):
                    last = _Row(fragment)
                    self._rows.append(last)
                yield last.add(fragment)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row.whole() for row in self._rows]


class _Row:
    """One row; its texts are joined once, at the end."""

    def __init__(self, fragment: Mapping[str, Any]) -> None:
        self._name = tuple(fragment.get(field) for field in NAMED)
        self._fields: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}

    def goes_on_with(self, fragment: Mapping[str, Any]) -> bool:
        """Whether a fragment belongs to this row; without an index each is a row of its own."""
        return self._name[0] is not None and self._name == tuple(fragment.get(f) for f in NAMED)

    def add(self, fragment: Mapping[str, Any]) -> int:
        size = len(fragment)
        for name, value in fragment.items():
            if name in GROWING and isinstance(value, str):
                self._texts.setdefault(name, []).append(value)
            elif value is not None or name not in self._fields:
                self._fields[name] = value
            size += len(value) if isinstance(value, str) else 1
        return size

    def whole(self) -> dict[str, Any]:
        return {**self._fields, **{name: "".join(t) for name, t in self._texts.items()}}
