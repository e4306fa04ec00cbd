"""Formats values and keys as TOML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def written_key(path: tuple[str, ...]) -> str:
    return ".".join(part if part and set(part) <= BARE else _quoted(part) for part in path)


def written_value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case float():
            return _float(value)
        case list() | tuple():
            return f"[{', '.join(written_value(v) for v in value)}]"
        case Mapping():
            inner = ", ".join(f"{written_key((k,))} = {written_value(v)}" for k, v in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            return str(value)  # whole numbers, dates and times


def _float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    whole = value == int(value) and abs(value) < 1e15
    return f"{int(value)}.0" if whole else repr(value)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    if char < " " or char == "\x7f" or "\ud800" <= char <= "\udfff":
        return f"\\u{ord(char):04x}"
    return char
