"""Makes one change to a TOML text, preserving comments, order and formatting.

Each result is parsed again and compared with the intended one, so a text that this editor does not
understand is refused and never damaged.

Why: docs/decisions/0042-a-line-editor-for-toml.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from llmchat.errors import ConfigError
from llmchat.language import msg
from llmchat.settings.toml.document import EDIT_HINT, value_at
from llmchat.settings.toml.lines import Header, Pair, Path, statements

Table = Mapping[str, Any]
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def with_value(text: str, path: Path, value: Any) -> str:
    """The text with one key set."""
    before = _table(text)
    _check_parents(before, path)
    return _verified(_set(text, path, value, before), _changed(before, path, value), path)


def without(text: str, path: Path) -> str:
    """The text without a key or a whole table; unchanged if there is none."""
    before = _table(text)
    if value_at(before, path) is None:
        return text
    return _verified(_unset(text, path, before), _removed(before, path), path)


def _set(text: str, path: Path, value: Any, table: Table) -> str:
    pairs = [s for s in statements(text) if isinstance(s, Pair)]
    for pair in pairs:
        if pair.path == path:
            return text[: pair.value_start] + written_value(value) + text[pair.end :]
        if path[: len(pair.path)] == pair.path:  # inside an inline table
            return _with_inline(text, pair, _changed(table, path, value))
    place = _place(text, path)
    if place is None:
        return _with_new_table(text, path, value)
    at, section, indent = place
    line = f"{indent}{written_key(path[len(section) :])} = {written_value(value)}"
    return _with_line(text, at, line)


def _place(text: str, path: Path) -> tuple[int, Path, str] | None:
    """Where to insert a line for the key: offset, table, indentation."""
    parent = path[:-1]
    found: tuple[int, Path, str] | None = None
    for statement in statements(text):
        if isinstance(statement, Header):
            if statement.path == parent and found is None:
                found = (statement.end, parent, "")
        elif statement.path[:-1] == parent or _spells_out(statement, parent):
            indent = text[text.rfind("\n", 0, statement.start) + 1 : statement.start]
            found = (statement.end, statement.table, indent if not indent.strip() else "")
    if found is None and not parent:
        return (-1, (), "")
    return found


def _spells_out(pair: Pair, parent: Path) -> bool:
    """Whether the pair creates the table: `providers.demo.options.x = 1` makes providers.demo
    without a header."""
    return len(pair.table) < len(parent) < len(pair.path) and pair.path[: len(parent)] == parent


def _with_line(text: str, at: int, line: str) -> str:
    """Inserts a line after the one at the offset, with its comment; -1 means before the first
    table."""
    newline = _newline(text)
    if at < 0:
        return _with_first_line(text, line)
    end = text.find("\n", at)
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"


def _with_first_line(text: str, line: str) -> str:
    """Inserts a line before the first header and its comment."""
    newline = _newline(text)
    first = next(statements(text), None)
    if first is None:
        glue = "" if not text or text.endswith("\n") else newline
        return f"{text}{glue}{line}{newline}"
    at = text.rfind("\n", 0, first.start) + 1
    while at and text[text.rfind("\n", 0, at - 1) + 1 : at].lstrip(" \t").startswith("#"):
        at = text.rfind("\n", 0, at - 1) + 1
    return f"{text[:at]}{line}{newline}{newline}{text[at:]}"


def _with_new_table(text: str, path: Path, value: Any) -> str:
    newline = _newline(text)
    glue = "" if not text or text.endswith("\n") else newline
    gap = newline if text.strip() else ""
    header = f"[{written_key(path[:-1])}]"
    line = f"{written_key(path[-1:])} = {written_value(value)}"
    return f"{text}{glue}{gap}{header}{newline}{line}{newline}"


def _with_inline(text: str, pair: Pair, table: Table) -> str:
    value = value_at(table, pair.path)
    return text[: pair.value_start] + written_value(value) + text[pair.end :]


def _unset(text: str, path: Path, table: Table) -> str:
    found = list(statements(text))
    for number in range(len(found) - 1, -1, -1):
        statement = found[number]
        if statement.path[: len(path)] == path:
            text = _without_lines(text, statement)
        elif isinstance(statement, Pair) and path[: len(statement.path)] == statement.path:
            return _with_inline(text, statement, _removed(table, path))
    return text


def _without_lines(text: str, statement: Header | Pair) -> str:
    start = text.rfind("\n", 0, statement.start) + 1
    end = text.find("\n", statement.end)
    before, after = text[:start], "" if end < 0 else text[end + 1 :]
    if not before.strip() or before.endswith(("\n\n", "\r\n\r\n")):
        after = after.removeprefix("\r\n").removeprefix("\n")  # avoid two blank lines
    return before + after


def _table(text: str) -> Table:
    import tomllib  # 2 ms; only for `config` when it edits

    return tomllib.loads(text)


def _check_parents(table: Table, path: Path) -> None:
    """Raises an error if a parent of the key is not a table."""
    for depth in range(1, len(path)):
        above = value_at(table, path[:depth])
        if above is not None and not isinstance(above, Mapping):
            raise ConfigError(
                msg("{written_key} is not a table", written_key=written_key(path[:depth])),
                hint=EDIT_HINT,
            )


def _verified(text: str, expected: Table, path: Path) -> str:
    try:
        good = _pruned(_table(text)) == _pruned(expected)
    except ValueError:
        good = False
    if not good:
        shown = written_key(path)
        raise ConfigError(msg("cannot change {shown} automatically", shown=shown), hint=EDIT_HINT)
    return text


def _changed(table: Table, path: Path, value: Any) -> Table:
    if not path:
        return dict(value) if isinstance(value, Mapping) else value
    inner = table.get(path[0], {})
    return {**table, path[0]: _changed(inner, path[1:], value) if path[1:] else value}


def _removed(table: Table, path: Path) -> Table:
    if len(path) == 1:
        return {k: v for k, v in table.items() if k != path[0]}
    return {**table, path[0]: _removed(table[path[0]], path[1:])}


def _pruned(table: Any) -> Any:
    """The table without empty tables, because it does not matter whether removing the last key
    removes its table."""
    if not isinstance(table, Mapping):
        return table
    inner = {key: _pruned(value) for key, value in table.items()}
    return {key: value for key, value in inner.items() if value != {}}


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


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
            return str(value)  # integers, dates and times


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
