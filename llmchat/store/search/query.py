"""Parses a search with words, "phrases" and filters into an FTS5 expression and SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.store.search.normalize import fold, pairs, pieces, unspaced

FILTERS = ("provider", "model", "before", "after", "role", "has")
ROLES = ("user", "assistant", "system")
_DAY = 86400
_AGO = {"h": 3600, "d": _DAY, "w": 7 * _DAY, "m": 30 * _DAY, "y": 365 * _DAY}
_LONGEST_DATE = len("2026-05-01")
_LONGEST_AGO = 7  # characters: 99999y is before any calendar, and the number stays small
_MOST_PARTS = 100  # words and filters; SQLite accepts a thousand values, and each filter needs some
_CODE = "```"


class Query(NamedTuple):
    """`match` is the FTS5 expression ("" without words), `where` and `values` are the filters."""

    match: str
    marks: tuple[str, ...]
    where: str
    values: tuple[object, ...]

    @property
    def open_ended(self) -> bool:
        """Whether a word of it matches as a prefix."""
        return '"*' in self.match

    def closed(self) -> Query:
        """The same query with whole words only."""
        return self._replace(match=self.match.replace('"*', '"'))

    def only_filters(self) -> Query:
        return self._replace(match="")


Forms = Callable[[str], tuple[str, ...]]


def no_forms(word: str) -> tuple[str, ...]:
    """No other forms; the words are searched as they are."""
    return ()


def parse(text: str, *, now: float, forms: Forms = no_forms) -> Query:
    """Parses `погода provider:gigachat "exact words" before:2026-01`; `forms` returns the other
    forms of a word."""
    matches: list[str] = []
    marks: list[str] = []
    where: list[str] = []
    values: list[object] = []
    parts = _parts(text)
    if len(parts) > _MOST_PARTS:
        raise UsageError(
            msg("too many search words: {count}", count=len(parts)),
            hint=msg("use at most {most_parts}", most_parts=_MOST_PARTS),
        )
    for part, quoted in parts:
        name, colon, value = part.partition(":")
        if colon and value and not quoted and name.lower() in FILTERS:
            condition, parameters = _filter(name.lower(), value, now=now)
            where.append(condition)
            values.extend(parameters)
            continue
        words = _split(part)
        if words:
            others = forms(words[0]) if len(words) == 1 and not quoted else ()
            matches.append(_any_of(phrase(words, whole=quoted), others))
            marks.extend(piece for word in words for piece in pieces(word))
            marks.extend(others)
    if not matches and not where:
        raise UsageError(msg("no search words given"), hint=msg("llmchat history search WORDS"))
    conditions = "".join(f" AND {condition}" for condition in where)
    return Query(
        match=" AND ".join(matches),
        marks=tuple(dict.fromkeys(marks)),
        where=conditions,
        values=tuple(values),
    )


def phrase(words: list[str], *, whole: bool) -> str:
    """The words as an FTS5 phrase; the last one is a prefix unless `whole`."""
    *inner, last = [piece for word in words for piece in pieces(word)]
    tokens = [token for run in inner for token in _tokens(run)]
    if not unspaced(last[0]):
        return _quoted([*tokens, last]) + ("" if whole else "*")
    if len(last) == 1:  # a single character begins a pair, whatever follows it
        return _quoted([*tokens, last]) + "*"
    return _quoted([*tokens, *_tokens(last)[:-1]])


def _any_of(match: str, others: tuple[str, ...]) -> str:
    return f"({' OR '.join([match, *(_quoted([other]) for other in others)])})" if others else match


def _tokens(run: str) -> list[str]:
    return pairs(run).split() if unspaced(run[0]) else [run]


def _quoted(tokens: list[str]) -> str:
    return f'"{" ".join(tokens)}"'


def _split(text: str) -> list[str]:
    folded = fold(text)
    return "".join(c if c.isalnum() or c > "\x7f" else " " for c in folded).split()


def _parts(text: str) -> list[tuple[str, bool]]:
    """Words and quoted phrases; an open quote ends with the text."""
    found: list[tuple[str, bool]] = []
    for number, stretch in enumerate(text.split('"')):
        if number % 2:
            found.append((stretch, True))
        else:
            found.extend((word, False) for word in stretch.split())
    return found


def _filter(name: str, value: str, *, now: float) -> tuple[str, tuple[object, ...]]:
    if name in ("before", "after"):
        return f"m.created {'<' if name == 'before' else '>='} ?", (moment(value, now=now),)
    if name == "has":
        if value.lower() != "code":
            raise UsageError(
                msg("unknown filter has:{value}", value=value),
                hint=msg("use has:code to find code blocks"),
            )
        return "instr(m.text, ?) > 0", (_CODE,)
    if name == "role":
        if value.lower() not in ROLES:
            raise UsageError(
                msg("unknown filter role:{value}", value=value),
                hint=msg("use one of: {roles}", roles=", ".join(ROLES)),
            )
        return "m.role = ?", (value.lower(),)
    return _answered_by(name), (_beginning(value),) * 4


def _answered_by(column: str) -> str:
    """SQL for the providers or models that answered a question, which its own row does not name."""
    said = " OR ".join(f"{{0}}.{c} LIKE ? ESCAPE '\\'" for c in (column, f"requested_{column}"))
    answered = f"SELECT 1 FROM message AS a WHERE a.parent = m.id AND ({said.format('a')})"
    return f"({said.format('m')} OR (m.role = 'user' AND EXISTS ({answered})))"


def _beginning(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def moment(value: str, *, now: float) -> float:
    """A time from a local day, month or year (2026-05-01, 2026-05, 2026), `today`, `yesterday`, or
    3d, 2w."""
    today = time.localtime(now)
    if value in ("today", "yesterday"):
        return _midnight(today.tm_year, today.tm_mon, today.tm_mday - (value == "yesterday"))
    if value[:-1].isdecimal() and value[-1:] in _AGO and len(value) <= _LONGEST_AGO:
        return now - int(value[:-1]) * _AGO[value[-1]]
    numbers = value.split("-")
    short = len(value) <= _LONGEST_DATE and len(numbers[0]) == 4
    if short and len(numbers) <= 3 and all(n.isdecimal() for n in numbers):
        year, month, day = (*map(int, numbers), 1, 1)[:3]
        if 1970 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31:
            return _midnight(year, month, day)
    raise UsageError(
        msg("{value} is not a date", value=value[:40]),
        hint=msg("use before:2026-05-01, after:2026-05 or after:7d"),
    )


def _midnight(year: int, month: int, day: int) -> float:
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
