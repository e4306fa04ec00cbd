"""Reads and checks the rows of a batch: one prompt each, from plain lines, JSONL or CSV."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmchat.app.batch.input.source import BatchInput
from llmchat.language import msg, msg_n
from llmchat.language.nearest import aside
from llmchat.settings.keys import TOP, carries_question
from llmchat.settings.values import BadValue, coerced

KEYS = ("id", "prompt", "system", "model", "options", "vars")  # of a JSONL row
DELIMITERS = ",;\t"
JSON_HINT = msg('each line is one object, such as {"id": "a", "prompt": "Hello"}')


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One prompt of the file. `fields` are all its columns as texts."""

    place: int  # its position, from 1
    line: int  # where it begins in the file
    id: str = ""
    prompt: str = ""
    system: str | None = None
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


def rows_of(source: BatchInput) -> Iterator[BatchRow]:
    """All rows in order, without blank lines. A wrong row raises UsageError with its line."""
    match source.format:
        case "jsonl":
            return (_json_row(source, *said) for said in _said(source))
        case "csv":
            return _csv_rows(source)
        case _:
            return (BatchRow(place, n, prompt=text.strip()) for place, n, text in _said(source))


def unknown_key(row: BatchRow, used: frozenset[str]) -> str:
    """A warning about an unknown key that is probably misspelt."""
    for name in row.fields.keys() - used - set(KEYS):
        if meant := aside(name, KEYS):
            return msg(
                "unknown key {name} in line {line}{meant}",
                name=name,
                line=row.line,
                meant=meant,
            )
    return ""


def _said(source: BatchInput) -> Iterator[tuple[int, int, str]]:
    """Position, line number and text of each line with a prompt."""
    lines = ((number, line) for number, line in source.lines() if line.strip())
    return ((place, *numbered) for place, numbered in enumerate(lines, 1))


def _json_row(source: BatchInput, place: int, number: int, line: str) -> BatchRow:
    try:
        given = json.loads(line)
    except ValueError as error:
        problem = f"not JSON: {getattr(error, 'msg', error)}"
        raise source.wrong(number, problem, JSON_HINT) from None
    except RecursionError:
        raise source.wrong(number, msg("the JSON is nested too deeply"), JSON_HINT) from None
    if not isinstance(given, dict):
        hint = (
            msg("jq -c '.[]' splits an array into lines") if isinstance(given, list) else JSON_HINT
        )
        raise source.wrong(number, msg("not a JSON object"), hint)
    _check_types(source, number, given)
    texts = {key: _as_text(value) for key, value in given.items() if key not in KEYS[1:]}
    texts |= {key: given[key] for key in ("prompt", "system", "model") if given.get(key)}
    return BatchRow(
        place,
        number,
        _as_text(given.get("id")),
        given.get("prompt") or "",
        given.get("system"),
        given.get("model") or "",
        given.get("options") or {},
        texts | {key: _as_text(value) for key, value in (given.get("vars") or {}).items()},
    )


def _check_types(source: BatchInput, number: int, given: Mapping[str, Any]) -> None:
    for key in ("prompt", "system", "model"):
        if not isinstance(given.get(key), str | None):
            raise source.wrong(number, msg("{key} is not a string", key=key), JSON_HINT)
    for key in ("options", "vars"):
        if not isinstance(given.get(key), dict | None):
            raise source.wrong(
                number, msg("{key} is not an object", key=key), f'"{key}": {{"name": "value"}}'
            )
    try:
        coerced(given.get("options") or {}, TOP["options"])
    except BadValue as error:
        raise source.wrong(number, str(error), JSON_HINT) from None
    _check_options(source, number, given.get("options") or {})
    if isinstance(given.get("id"), bool | float | list | dict):
        raise source.wrong(number, msg("id is not a string or an integer"), JSON_HINT)


def _check_options(source: BatchInput, number: int, options: Mapping[str, Any]) -> None:
    """Checks a row's options. The file may come from somebody else, so an option must not set a
    tool, an address or another prompt."""
    for name, value in options.items():
        if carries_question(name, value):
            problem = msg("a row cannot set options.{name}", name=name)
            raise source.wrong(
                number, problem, msg("set it for every row with -o, or leave it out")
            )


def _as_text(value: object) -> str:
    """A JSON value as text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Records:
    """The lines for the CSV reader, which joins the lines of a quoted field; limits the size of a
    record."""

    def __init__(self, source: BatchInput) -> None:
        self._source = source
        self._lines = source.lines()
        self.begins = 0  # the line where the current record begins
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            self.begins = self.begins or number
            self.size += len(line)
            if self.size > self._source.limit:
                raise self._source.too_long(self.begins, msg("the row (is a quote missing?)"))
            yield line

    def next(self) -> None:
        self.begins = self.size = 0


def _csv_rows(source: BatchInput) -> Iterator[BatchRow]:
    csv.field_size_limit(source.limit)
    records = _Records(source)
    reader = csv.reader(iter(records), delimiter=_delimiter(source), strict=True)
    names: list[str] = []
    place = 0
    while True:
        records.next()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            hint = msg("quotes inside a quoted field are doubled")
            raise source.wrong(records.begins, msg("not CSV: {error}", error=error), hint) from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = _header(source, records.begins, cells)
            continue
        place += 1
        yield _csv_row(source, place, records.begins, dict(_paired(source, records, names, cells)))


def _csv_row(source: BatchInput, place: int, line: int, cells: Mapping[str, str]) -> BatchRow:
    return BatchRow(
        place,
        line,
        cells.get("id", "").strip(),
        cells.get("prompt", ""),
        cells.get("system") or None,
        cells.get("model", "").strip(),
        fields=cells,
    )


def _paired(
    source: BatchInput, records: _Records, names: list[str], cells: list[str]
) -> Iterator[tuple[str, str]]:
    if len(cells) != len(names):
        problem = msg_n(
            "{n} field, but the header has {most}",
            "{n} fields, but the header has {most}",
            len(cells),
            most=len(names),
        )
        raise source.wrong(
            records.begins, problem, msg("put fields with commas into double quotes")
        )
    return zip(names, cells, strict=True)


def _header(source: BatchInput, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        problem = msg("the column {twice!r} appears twice", twice=twice)
        raise source.wrong(line, problem, msg("the first line contains the column names"))
    return names


def _delimiter(source: BatchInput) -> str:
    """The most frequent of the usual delimiters in the first line, outside quotes."""
    first = next((line for _, line in source.lines()), "")
    plain = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=plain.count)
