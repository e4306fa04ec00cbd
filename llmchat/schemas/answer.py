"""Finds the one JSON value in an answer: alone, in a code fence, or surrounded by text."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from llmchat.language import msg
from llmchat.schemas.bounds import is_deeper

LARGEST = 4 * 1024 * 1024  # characters; no model writes more, but a server may send it
DEEPEST = 100
MOST_STARTS = 64  # places in prose where JSON might begin, each of which may be parsed to the end
FENCE = re.compile(r"\A```[\w-]*[ \t]*\r?\n(.*?)\n?```\s*\Z", re.DOTALL)
START = re.compile(r"[{\[]")


class NotJson(ValueError):
    """The reason in one line."""


def data_in(text: str) -> Any:
    """The value in an answer; raises NotJson if there is none or more than one."""
    if len(text) > LARGEST:
        raise NotJson(msg("it is longer than {largest} MiB", largest=LARGEST // 1024 // 1024))
    text = _unfenced(text.strip().removeprefix("\ufeff").strip())
    try:
        data = DECODER.decode(text)
    except RecursionError:
        raise NotJson(_too_deep()) from None
    except NotJson:
        raise
    except ValueError as error:
        data = _among_words(text, str(error))
    if is_deeper(data, DEEPEST):
        raise NotJson(_too_deep())
    return data


def compact(data: object) -> str:
    """JSON on one line; lone surrogates, which UTF-8 cannot encode, stay escaped."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":"))
    return text


def _unfenced(text: str) -> str:
    found = FENCE.match(text)
    return found[1] if found else text


def _among_words(text: str, trouble: str) -> Any:
    """The one object or list in surrounding prose."""
    found = []
    for value in _values(text):
        found.append(value)
        if len(found) > 1:
            raise NotJson(msg("it contains more than one JSON value; exactly one is expected"))
    if not found:
        raise NotJson(msg("it is not JSON: {trouble}", trouble=trouble))
    return found[0]


def _values(text: str) -> Iterator[Any]:
    place, starts = 0, 0
    while (start := START.search(text, place)) and starts < MOST_STARTS:
        starts += 1
        try:
            value, place = DECODER.raw_decode(text, start.start())
        except NotJson:
            raise
        except (ValueError, RecursionError):
            if start.start() == 0:  # the whole text was meant as JSON; part of it is not the answer
                return
            place = start.end()
            continue
        yield value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises an error for a duplicate key, because readers disagree on which of the values
    counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = Counter(name for name, _ in pairs)
        twice = next(name for name, times in names.items() if times > 1)
        raise NotJson(msg("the key {twice!r} appears twice in an object", twice=twice[:80]))
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(msg("{name} is not JSON", name=name))


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson(msg("the number {text} is too large", text=text[:40]))
    return number


def _too_deep() -> str:
    return msg("it is nested deeper than {deepest} levels", deepest=DEEPEST)


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_number
)
