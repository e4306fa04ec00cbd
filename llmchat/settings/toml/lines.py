"""Finds the line of each key in a TOML text, which tomllib does not report.

The text must be valid: tomllib has parsed it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Path = tuple[str, ...]
BLANK = " \t\r\n"
KEY_ENDS = "=]. \t"


@dataclass(frozen=True, slots=True)
class Header:
    """`[a.b]` or `[[a.b]]`; `start` and `end` are offsets into the text."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pair:
    """`key = value` below the header `table`; `path` includes the table."""

    path: Path
    table: Path
    start: int
    value_start: int
    end: int


def statements(text: str) -> Iterator[Header | Pair]:
    """All headers and pairs, in the order of the text."""
    table: Path = ()
    at = _next_statement(text, 0)
    while at < len(text):
        if text[at] == "[":
            header = _header(text, at)
            table = header.path
            yield header
            at = header.end
        else:
            pair = _pair(text, at, table)
            yield pair
            at = pair.end
        at = _next_statement(text, at)


def line_of(text: str, path: Path) -> int:
    """The line of a key, from 1; else that of its table, else that of its first child."""
    named, parents = _lines(text)
    for length in range(len(path), 0, -1):
        if line := named.get(path[:length]):
            return line
    return parents.get(path, 1)


@lru_cache(maxsize=4)  # listing settings asks for every line of a file
def _lines(text: str) -> tuple[dict[Path, int], dict[Path, int]]:
    """The first line of each key and table, and of each one's first child."""
    named: dict[Path, int] = {}
    parents: dict[Path, int] = {}
    line, at = 1, 0
    for found in statements(text):
        line, at = line + text.count("\n", at, found.start), found.start
        named.setdefault(found.path, line)
        for length in range(1, len(found.path)):
            parents.setdefault(found.path[:length], line)
    return named, parents


def parse_key(text: str, start: int = 0) -> tuple[Path, int]:
    """Parses a key such as `a."b c".d`; returns its path and end."""
    parts: list[str] = []
    at = _skip(text, start, " \t")
    while at < len(text):
        end = _string_end(text, at) if text[at] in "\"'" else _bare_end(text, at)
        parts.append(_unquoted(text[at:end]))
        at = _skip(text, end, " \t")
        if at >= len(text) or text[at] != ".":
            break
        at = _skip(text, at + 1, " \t")
    return tuple(parts), at


def _header(text: str, start: int) -> Header:
    brackets = 2 if text.startswith("[[", start) else 1
    path, at = parse_key(text, start + brackets)
    return Header(path, start, at + brackets)


def _pair(text: str, start: int, table: Path) -> Pair:
    key, at = parse_key(text, start)
    value_start = _skip(text, at + 1, " \t")
    return Pair(table + key, table, start, value_start, _value_end(text, value_start))


def _value_end(text: str, at: int) -> int:
    if text[at] in "\"'":
        return _string_end(text, at)
    if text[at] in "[{":
        return _bracket_end(text, at)
    end = at
    while end < len(text) and text[end] not in "#\r\n":
        end += 1
    return at + len(text[at:end].rstrip(" \t"))


def _bracket_end(text: str, at: int) -> int:
    """The position after the bracket that closes the one at `at`, skipping strings and comments."""
    depth = 0
    while True:
        char = text[at]
        if char in "\"'":
            at = _string_end(text, at)
            continue
        if char == "#":
            at = _line_end(text, at)
            continue
        depth += (char in "[{") - (char in "]}")
        at += 1
        if depth == 0:
            return at


def _string_end(text: str, at: int) -> int:
    quote = text[at]
    if not text.startswith(quote * 3, at):
        return _closing(text, at + 1, quote) + 1
    end = _closing(text, at + 3, quote * 3) + 3
    while end < len(text) and text[end] == quote:  # """says "no"""""
        end += 1
    return end


def _closing(text: str, at: int, mark: str) -> int:
    while not text.startswith(mark, at):
        at += 2 if text[at] == "\\" and mark[0] == '"' else 1
    return at


def _next_statement(text: str, at: int) -> int:
    at = _skip(text, at, BLANK)
    while at < len(text) and text[at] == "#":
        at = _skip(text, _line_end(text, at), BLANK)
    return at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _skip(text: str, at: int, chars: str) -> int:
    while at < len(text) and text[at] in chars:
        at += 1
    return at


def _bare_end(text: str, at: int) -> int:
    while at < len(text) and text[at] not in KEY_ENDS:
        at += 1
    return at


def _unquoted(part: str) -> str:
    if part[:1] == "'":
        return part[1:-1]
    if part[:1] != '"' or "\\" not in part:
        return part.strip('"')
    import tomllib  # already imported by whoever read the file

    return str(tomllib.loads(f"key = {part}")["key"])
