"""The one JSON value in an answer, and answers that have none, or a dubious one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from llmchat.schemas.answer import NotJson, compact, data_in

BOB = {"name": "Bob"}
SAID = '{"name": "Bob"}'


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        f"\n  {SAID}\n",
        f"\ufeff{SAID}",
        f"```json\n{SAID}\n```",
        f"```\r\n{SAID}\r\n```\n",
        f"```json5 \n{SAID}```",
        f"Here it is:\n\n```json\n{SAID}\n```\nAnything else?",
        f"Sure! {SAID} Hope this helps.",
        f"{SAID}\n\nHope this helps.",
        f"In set notation {{x}} it is {SAID}",
    ],
)
def test_it_is_found(text: str) -> None:
    assert data_in(text) == BOB


@pytest.mark.parametrize("text", ["5", '"word"', "null", "true", "[]", "```json\n[1, 2]\n```"])
def test_it_may_be_any_value(text: str) -> None:
    assert data_in(text) == json.loads(text.strip("`json\n") if "`" in text else text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("I cannot do that.", "not JSON"),
        ('{"name": "Bo', "not JSON"),
        ('{"name": "Bob", "kids": [{"a": 1}, {"a": 2', "not JSON"),
        (f"{SAID} or {SAID}", "more than one"),
        (f"{SAID}\n{SAID}", "more than one"),
        ('{"a": 1, "a": 2}', "'a' appears twice"),
        ('Here: {"x": {"a": 1, "a": 2}}', "'a' appears twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "too large"),
        ("[" * 101 + "]" * 101, "100 levels"),
        ("[" * 100_000, "JSON|deeper"),
        ("[" * 50_000 + "]" * 50_000, "100 levels"),
        ('{"a":' * 100_000, "JSON|deeper"),
        ("{'name': 'Bob'}", "not JSON"),
        ('"' + "x" * 5_000_000 + '"', "4 MiB"),
    ],
)
def test_it_is_not_there(text: str, says: str) -> None:
    with pytest.raises(NotJson, match=says):
        data_in(text)


@pytest.mark.parametrize("unit", ["[", '{"a":', "{", "[1,", '{"a":1} ', "x{ ", '["', "{}{"])
def test_a_million_characters_of_nonsense_are_read_in_time(unit: str) -> None:
    text = "words " + unit * (1_000_000 // len(unit))
    before = time.process_time()
    with pytest.raises(NotJson):
        data_in(text)
    assert time.process_time() - before < 5


def test_a_key_that_stands_twice_is_found_in_time_among_many() -> None:
    keys = [f"{number:x}" for number in range(40_000)]
    text = "{" + ",".join(f'"{key}":1' for key in [*keys, keys[-1]]) + "}"
    before = time.process_time()
    with pytest.raises(NotJson, match=f"'{keys[-1]}' appears twice"):
        data_in(text)
    assert time.process_time() - before < 5


def test_a_megabyte_is_an_answer() -> None:
    rows = [{"n": n, "text": "слово" * 5} for n in range(20_000)]
    text = json.dumps({"rows": rows}, ensure_ascii=False)
    assert len(text) > 1_000_000 / 2
    assert data_in(f"```json\n{text}\n```") == {"rows": rows}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"b": 1, "a": [1.5, None, True]}, '{"b":1,"a":[1.5,null,true]}'),
        ("При\u2028вет", '"При\u2028вет"'),
        ({"half": "\ud83d"}, '{"half":"\\ud83d"}'),
        (10**30, "1" + "0" * 30),
    ],
)
def test_data_are_one_line_that_utf8_can_write(data: Any, line: str) -> None:
    assert compact(data) == line
    assert compact(data).encode()
    assert json.loads(compact(data)) == data
