"""A catalogue of translations: gettext's .mo, searched where it lies and never read as a whole.

`gettext` would take 13 ms, this takes 0.7.

Why: docs/decisions/0160-a-reader-of-mo.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from struct import unpack_from

from llmchat.language import PSEUDO, Phrase, msg
from llmchat.language.system_errors import TEXTS

FOLDER = Path(__file__).parent.parent / "locale"
MARKED = "⟦{}⟧"

# Which form of a translation goes with a number; a test compares it with the catalogue's own rule.
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
    """The messages of one file, which are sorted by their English."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
        self._count, self._ids, self._texts = self._numbers("3I", 8) if data else (0, 0, 0)

    def get(self, message: str) -> list[str]:
        """Its translation, one for each form of a plural; none where there is none."""
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
        """As a person types it, for `{value!r}`."""
        return repr(self._value)


def said(phrase: Phrase, language: str) -> str:
    """The message in this language; in English where its catalogue does not have it."""
    if not phrase:  # an empty message would be the head of the catalogue
        return ""
    values = {name: _value(value, language) for name, value in phrase.values.items()}
    found = [] if language == PSEUDO else _catalogue(language).get(phrase.template)
    if not found or not found[0]:
        plain = phrase.many if phrase.many and phrase.number != 1 else phrase.template
        return (MARKED if language == PSEUDO else "{}").format(_filled(plain, values))
    form = FORMS[language](phrase.number) if phrase.many else 0
    return _filled(found[min(form, len(found) - 1)], values)


def _filled(template: str, values: Mapping[str, object]) -> str:
    return template.format_map(values) if values else template


def _value(value: object, language: str) -> object:
    if not isinstance(value, str | int | float):
        text = str(value)  # an error, a budget: what it says may be a message
        value = text if isinstance(text, Phrase) else value
    if isinstance(value, Phrase):
        return said(value, language)
    if value in TEXTS:
        return said(msg(str(value)), language)
    if isinstance(value, int | float) and language in MARKS:
        return _Number(value, MARKS[language])
    return value


@lru_cache
def _catalogue(language: str) -> Catalogue:
    """Empty where it was not compiled: then people read English."""
    try:
        return Catalogue((FOLDER / language / "LC_MESSAGES" / "llmchat.mo").read_bytes())
    except OSError:
        return Catalogue(b"")
