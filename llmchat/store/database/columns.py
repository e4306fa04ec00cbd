"""Checks values that are written to columns and read from them: SQLite stores any type in any
column, and another program or a disk error may have changed a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

Row = TypeVar("Row", bound=NamedTuple)

MOST_COUNT = 10**12  # tokens or milliseconds; the sum over any history fits into 63 bits
LATEST = 253_370_764_800.0  # the end of the year 9999, the last that `datetime` supports


def storable(text: str) -> str:
    """The text without lone surrogates, which come from broken JSON and cannot be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def fit_count(value: object) -> int | None:
    """A number of tokens or milliseconds; None for an invalid one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= MOST_COUNT else None


def fit_moment(value: object) -> float | None:
    """Seconds since 1970; None for a time outside the calendar."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < LATEST else None


def fit_text(value: object) -> str:
    """A text; bytes are decoded as far as possible."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def fit(value: object) -> object:
    """A value that can be stored: text without lone surrogates, and numbers that SQLite can sum."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return fit_moment(value)
    return fit_count(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


# A check for each annotation of a field; it returns a valid value unchanged.
_FITS: dict[str, Callable[[object], object]] = {
    "str": fit_text,
    "str | None": lambda value: None if value is None else fit_text(value),
    "int": lambda value: _number(value) or 0,
    "int | None": _number,
    "bool": bool,
    "float": lambda value: fit_moment(value) or 0.0,
    "float | None": fit_moment,
}
_moments: dict[type, tuple[int, ...]] = {}  # the fields of each row type that are times
_right: set[tuple[type, ...]] = set()  # types of values in rows that were valid


def row_of(kind: type[Row], values: Sequence[Any]) -> Row:
    """The values as a row of type `kind`, with invalid ones replaced. Nearly all rows are valid,
    and most have the same types, so the fields are checked one by one only for new combinations of
    types."""
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
    """The annotation as source text, also if a named tuple has wrapped it."""
    return found if isinstance(found, str) else getattr(found, "__forward_arg__", "")
