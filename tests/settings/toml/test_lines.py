"""Where each key of a TOML text stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.settings.toml.lines import Header, Pair, line_of, parse_key, statements

SAMPLE = '''\
# comment with = and [brackets]
a = 1
"b c" = "x # y" # z
text = """
[not.a.table]
\\""" still
"""
many = [ # [
  "]", # ]
  { x = '}' },
]
[providers.gigachat] # here
base_url = 'https://x' # #
 'odd.name'."k\\u0065y" = 2024-01-01 10:00:00
quotes = """say "no"""""
[[list]]
inner.deep = {a.b = "}", c = [1]}
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("b c",), 3),
        (("text",), 4),
        (("many",), 8),
        (("providers",), 12),
        (("providers", "gigachat"), 12),
        (("providers", "gigachat", "base_url"), 13),
        (("providers", "gigachat", "odd.name", "key"), 14),
        (("providers", "gigachat", "quotes"), 15),
        (("list", "inner", "deep", "a", "b"), 17),
        (("nowhere",), 1),
    ],
)
def test_the_line_of_a_key(path: tuple[str, ...], line: int) -> None:
    tomllib.loads(SAMPLE)
    assert line_of(SAMPLE, path) == line


def test_values_end_before_their_comments() -> None:
    values = {
        s.path: SAMPLE[s.value_start : s.end] for s in statements(SAMPLE) if isinstance(s, Pair)
    }
    assert values["b c",] == '"x # y"'
    assert values["providers", "gigachat", "base_url"] == "'https://x'"
    assert values["providers", "gigachat", "odd.name", "key"] == "2024-01-01 10:00:00"
    assert values["providers", "gigachat", "quotes"] == '"""say "no"""""'


def test_keys_are_read_like_toml_does() -> None:
    assert parse_key("a . 'b.c' .\"d\\te\"") == (("a", "b.c", "d\te"), 17)


KEYS = st.text(st.sampled_from("ab-_1.é \"'\\#]="), min_size=1, max_size=4)
TEXTS = st.text(st.sampled_from("ab\"'\\#[]{}=\n\tя,"), max_size=8)
VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), TEXTS),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def toml_string(text: str, *, style: int) -> str:
    if style == 1 and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    escaped = "".join(f"\\u{ord(c):04x}" if c in '"\\\n\t' else c for c in text)
    return f'"""{escaped}"""' if style == 2 else f'"{escaped}"'


def toml_value(value: Any, *, style: int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[ # ]\n" + ",\n".join(toml_value(v, style=style) for v in value) + "\n]"
    return toml_string(value, style=style) if isinstance(value, str) else str(value)


@settings(max_examples=150)
@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3),
    st.integers(0, 2),
    st.sampled_from(["", ' # it\'s "so"', "\n\n# [x]\n"]),
)
def test_every_key_is_found_with_the_text_of_its_value(
    root: dict[str, Any], tables: dict[str, dict[str, Any]], style: int, comment: str
) -> None:
    tables = {name: table for name, table in tables.items() if name not in root}
    expected: dict[tuple[str, ...], Any] = {(k,): v for k, v in root.items()}
    text = ""
    for key, value in root.items():
        text += f"{toml_string(key, style=0)} = {toml_value(value, style=style)}{comment}\n"
    for name, table in tables.items():
        text += f"[{toml_string(name, style=0)}]{comment}\n"
        for key, value in table.items():
            expected[name, key] = value
            text += f"  {toml_string(key, style=0)}={toml_value(value, style=style)}{comment}\n"
    tomllib.loads(text)
    found = list(statements(text))
    values = {
        s.path: tomllib.loads("v = " + text[s.value_start : s.end])["v"]
        for s in found
        if isinstance(s, Pair)
    }
    assert values == expected
    assert [s.path for s in found if isinstance(s, Header)] == [(name,) for name in tables]
