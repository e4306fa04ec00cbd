"""A setting with its origin, and conversions of text or TOML values to its type."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llmchat.language import joined, msg
from llmchat.settings.keys import KIND_NAMES, Key
from llmchat.settings.toml.document import DEEPEST, Document
from llmchat.values.secret import Secret, tells_secret, without_plain_keys
from llmchat.values.urls import masked_url

Mistakes = Iterator[tuple[tuple[str, ...], str]]  # the path in a file, and the problem

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
UNITS = {"": 1, "B": 1, "K": 1_000, "KB": 1_000, "M": 1_000_000, "MB": 1_000_000}
MOST_A_DAY = 1e15  # tokens or money
TOKENS = "tokens"  # the unit of a budget that is not money
BINARY_UNITS = {"KIB": 1024, "MIB": 1024 * 1024}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from; the line in a file is only computed when needed."""

    source: str  # flag, environment, project, config, default
    name: str = ""
    document: Document | None = None
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.document is not None:
            return msg(
                "{name} line {line_of}",
                name=self.document.path.name,
                line_of=self.document.line_of(*self.path),
            )
        words = {"flag": msg("flag"), "environment": msg("environment"), "default": msg("default")}
        source = words.get(self.source, self.source)
        return joined(" ", [source, self.name]) if self.name else source


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Setting:
    key: str
    value: Any
    origin: Origin = DEFAULT

    @property
    def shown(self) -> Any:
        """The value for printing: keys, passwords and headers with secrets are masked."""
        return shown(self.key, self.value)


class BadValue(ValueError):
    """The value has the wrong type; the text says which one is needed."""


def shown(key: str, value: Any) -> Any:
    last = key.rpartition(".")[2]
    if isinstance(value, Mapping):
        return {name: shown(f"{key}.{name}", inner) for name, inner in value.items()}
    if isinstance(value, Secret):
        return str(value) if value else ""
    in_table = ".headers." in key or (key.startswith("tools.") and ".env." in key)
    if isinstance(value, str) and value and in_table and tells_secret(last) and "${" not in value:
        return str(Secret(value))
    if isinstance(value, str) and (_is_address(last) or ("://" in value and " " not in value)):
        return masked_url(value)
    if isinstance(value, str) and key.startswith("tools."):
        return without_plain_keys(value)
    return [shown(key, one) for one in value] if isinstance(value, list | tuple) else value


def _is_address(name: str) -> bool:
    """Whether a setting is a URL, which may contain a password, however malformed it is."""
    return name == "proxy" or name.endswith("url")


LONGEST = 1e9  # seconds; thirty years, and no number of 400 digits


def coerced(value: Any, key: Key) -> Any:
    """A value from TOML or the command line, checked against its key's type."""
    found = _of_kind(value, key)
    if found is None:
        raise BadValue(msg("{name} must be {kind}", name=key.name, kind=msg(KIND_NAMES[key.kind])))
    return found


def _of_kind(value: Any, key: Key) -> Any:
    """The value converted to the key's type; None if it has another one."""
    match key.kind:
        case "text" | "secret":
            return _text(value, key) if isinstance(value, str) else None
        case "seconds":
            return _seconds(value) or None
        case "limit":
            return _seconds(value)
        case "off_or_seconds":
            return "off" if value in ("off", 0) else _seconds(value)
        case "count":
            return value if type(value) is int and value >= 0 else None
        case "size":
            return None if isinstance(value, bool) else parse_size(str(value))
        case "flag":
            return value if isinstance(value, bool) else None
        case "texts":
            return _texts(value)
        case "budget":
            fine = isinstance(value, str) and (not value.strip() or parse_budget(value)[0])
            return value.strip() if fine else None
        case "table" | "texts_by":
            return _table(value, texts=key.kind == "texts_by")


def mistakes_in(path: tuple[str, ...], value: Any, key: Key) -> Mistakes:
    """Mistakes in the value at this path of a file."""
    try:
        coerced(value, key)
    except BadValue as error:
        yield path, str(error)


def from_text(text: str, key: Key) -> Any:
    """A value from an environment variable or `config set`."""
    match key.kind:
        case "off_or_seconds":
            return coerced("off" if text.strip().lower() in NO else _number(text), key)
        case "seconds" | "limit" | "count":
            return coerced(_number(text), key)
        case "flag":
            lowered = text.strip().lower()
            return coerced(True if lowered in YES else False if lowered in NO else text, key)
        case "texts":
            if text.strip().startswith("["):  # as `config get` and the file write it
                return coerced(_json(text), key)
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case "table" | "texts_by":
            return coerced(_json(text), key)
        case _:
            return coerced(text, key)


def literal(text: str) -> Any:
    """The value of `-o KEY VALUE`: true, false, null, a number, JSON in brackets, else a text."""
    words: dict[str, Any] = {"true": True, "false": False, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    if text[:1] in ("[", "{", '"'):
        found = _json(text)
        return text if found is None else found
    number = _number(text)
    return text if number is None else number


def parse_size(text: str) -> int | None:
    """Bytes from `10MB`, `512 K` or `2000000`; None if it is not a size."""
    text = text.strip().upper().replace("_", "")
    number = text.rstrip("BIKM ")
    factor = {**UNITS, **BINARY_UNITS}.get(text[len(number) :].strip())
    try:
        size = float(number) * factor if factor else 0
    except ValueError:
        return None
    return int(size) if 0 < size < 1e15 else None


def parse_budget(text: str) -> tuple[float, str]:
    """Amount and unit from `100 RUB/day`; (0, "") if it is not a budget."""
    amount, _, unit = text.strip().removesuffix("/day").strip().partition(" ")
    unit = unit.strip()
    is_money = len(unit) == 3 and unit.isascii() and unit.isupper()
    number = _number(amount.replace("_", "")) or 0
    known_unit = is_money or unit == TOKENS
    if not (text.strip().endswith("/day") and 0 < number < MOST_A_DAY and known_unit):
        return 0.0, ""
    return float(number), unit


def _text(value: str, key: Key) -> str | Secret:
    is_path = key.or_file and any(sign in value for sign in "/\\.")
    if key.choices and value not in key.choices and not is_path:
        others = msg(" or the path of a file") if key.or_file else ""
        known = ", ".join(key.choices) + others
        raise BadValue(
            msg(
                "{name} must be one of {known}, not {value}",
                name=key.name,
                known=known,
                value=value,
            )
        )
    return Secret(value.strip()) if key.kind == "secret" else value


def _seconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value <= LONGEST else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,) if value else ()
    listed = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
    return tuple(value) if listed else None


def _table(value: Any, *, texts: bool) -> Mapping[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    if not texts and not _is_json(value):
        raise BadValue(
            msg(
                "options accept strings, numbers, true, false, lists and tables, "
                "not dates, inf or nan"
            )
        )
    return None if texts and not all(isinstance(v, str) for v in value.values()) else dict(value)


def too_deep() -> str:
    return msg("options must not be nested more than {deepest} levels deep", deepest=DEEPEST)


def _is_json(value: object, *, depth: int = 0) -> bool:
    """Whether JSON has such a value, unlike TOML's dates, times, inf and nan."""
    if depth > DEEPEST:
        raise BadValue(too_deep())
    if isinstance(value, Mapping):
        named = all(isinstance(name, str) for name in value)
        return named and all(_is_json(inner, depth=depth + 1) for inner in value.values())
    if isinstance(value, list | tuple):
        return all(_is_json(inner, depth=depth + 1) for inner in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _number(text: str) -> int | float | None:
    try:
        number = int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    except ValueError:
        return None
    return number if isinstance(number, int) or math.isfinite(number) else None


def _json(text: str) -> Any:
    import json  # 4 ms, only for tables in the environment or on the command line

    try:
        return json.loads(text, parse_float=finite, parse_constant=finite)
    except (ValueError, RecursionError):
        return None


def finite(text: str) -> float:
    """A float for JSON: Python reads and writes NaN and Infinity, which others could not read."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
