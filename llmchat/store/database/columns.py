"""What a column takes of a value from outside, and what is read of one that a foreign hand or a
flipped bit left there: SQLite keeps any value in any column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

Row = TypeVar("Row", bound=NamedTuple)

MOST_COUNT = 10**12  # tokens or milliseconds; a sum over any history still fits into 63 bits
LATEST = 253_370_764_800.0  # the year 9999, the last that calendars know


def storable(text: str) -> str:
    """Half characters (lone surrogates of broken JSON) have no place in a file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def fit_count(value: object) -> int | None:
    """A number of tokens or milliseconds; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MOST_COUNT else None


def fit_moment(value: object) -> float | None:
    """Seconds since 1970; None for what no calendar has."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < LATEST else None


def fit_text(value: object) -> str:
    """Words; of bytes those that can be read."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def fit(value: object) -> object:
    """A value as its column takes it: whole characters, and numbers that SQLite can add up."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return fit_moment(value)
    return fit_count(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


# What a field is made of, by its annotation; a value that is right comes back as it is.
_FITS: dict[str, Callable[[object], object]] = {
    "str": fit_text,
    "str | None": lambda value: None if value is None else fit_text(value),
    "int": lambda value: _number(value) or 0,
    "int | None": _number,
    "bool": bool,
    "float": lambda value: fit_moment(value) or 0.0,
    "float | None": fit_moment,
}
_moments: dict[type, tuple[int, ...]] = {}  # where a row has times
_right: set[tuple[type, ...]] = set()  # types of the values of rows that were right


def row_of(kind: type[Row], values: Sequence[Any]) -> Row:
    """What was read, as `kind` says it is. Nearly every row is right, and most are alike: one looks
    at their types and times, and goes through the fields of the others."""
    if (kind, *map(type, values)) in _right:
        for place in _moments[kind]:
            moment = values[place]
            if moment is not None and not 0 <= moment < LATEST:
                break
        else:
            return kind._make(values)
    return _fitted(kind, values)


def _fitted(kind: type[Row], values: Sequence[Any]) -> Row:
    names = [_annotation(found) for found in kind.__annotations__.values()]
    fields = [_FITS[name](value) for name, value in zip(names, values, strict=True)]
    if all(field is value for field, value in zip(fields, values, strict=True)):
        _moments[kind] = tuple(n for n, name in enumerate(names) if name.startswith("float"))
        _right.add((kind, *map(type, values)))
    return kind._make(fields)


def _annotation(found: object) -> str:
    """As it is written, which a named tuple may wrap."""
    return found if isinstance(found, str) else getattr(found, "__forward_arg__", "")
