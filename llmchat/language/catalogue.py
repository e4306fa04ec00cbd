"""A catalogue of translations: gettext's .mo, which is searched without reading all of it.

`gettext` would take 13 ms, this takes 0.7.

Why: docs/decisions/0160-a-reader-of-mo.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from struct import unpack_from

FOLDER = Path(__file__).parent.parent / "locale"

# The plural rule of each language; a test compares it with the catalogue's own rule.
FORMS: Mapping[str, Callable[[int], int]] = {
    "ru": lambda n: (
        0
        if n % 10 == 1 and n % 100 != 11
        else 1
        if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
        else 2
    ),
    "zh_CN": lambda n: 0,
}
# How numbers are written: thousands, decimals.
MARKS: Mapping[str, Mapping[int, str]] = {"ru": {ord(","): "\u00a0", ord("."): ","}}


class Catalogue:
    """The messages of one file, sorted by their English text."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
        self._count, self._ids, self._texts = self._numbers("3I", 8) if data else (0, 0, 0)

    def get(self, message: str) -> list[str]:
        """The translation, one text for each plural form; [] if there is none."""
        wanted, low, high = message.encode(), 0, self._count
        while low < high:
            middle = (low + high) // 2
            found = self._string(self._ids, middle).partition(b"\0")[0]
            if found == wanted:
                return self._string(self._texts, middle).decode().split("\0")
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return []

    def _string(self, table: int, place: int) -> bytes:
        length, start = self._numbers("2I", table + 8 * place)
        return self._data[start : start + length]

    def _numbers(self, form: str, offset: int) -> tuple[int, ...]:
        return unpack_from(self._order + form, self._data, offset)


class _Number:
    """A number in a translated message."""

    def __init__(self, value: float, marks: Mapping[int, str]) -> None:
        self._value = value
        self._marks = marks

    def __format__(self, spec: str) -> str:
        return format(self._value, spec).translate(self._marks)

    def __repr__(self) -> str:
        """The number as a person types it, for `{value!r}`."""
        return repr(self._value)


def translation(language: str, message: str, number: int) -> str:
    """The translation in the plural form for the number; "" if there is none."""
    forms = _catalogue(language).get(message)
    if len(forms) < 2:
        return forms[0] if forms else ""
    return forms[min(FORMS[language](number), len(forms) - 1)]


def number_in(language: str, value: float) -> object:
    """A number that is formatted as in this language."""
    return _Number(value, MARKS[language]) if language in MARKS else value


@lru_cache
def _catalogue(language: str) -> Catalogue:
    """The catalogue of a language; empty if it was not compiled, so that people read English."""
    try:
        return Catalogue((FOLDER / language / "LC_MESSAGES" / "llmchat.mo").read_bytes())
    except OSError:
        return Catalogue(b"")
