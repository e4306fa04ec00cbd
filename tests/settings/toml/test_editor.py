"""One change to a settings file: the rest of its text stays as it is."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import ConfigError
from llmchat.settings.toml.editor import with_value, without, written_key, written_value

SAMPLE = """\
# my settings
theme = "dark"   # at night

# the work account
[providers.openai]
  model = "gpt-4o" # for now
  options = { temperature = 0.5 }

# the end
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("theme",), "light", 'theme = "dark"   #', 'theme = "light"   #'),
        (("retries",), 3, "at night\n", "at night\nretries = 3\n"),
        (("providers", "openai", "model"), "o1", '"gpt-4o" #', '"o1" #'),
        (
            ("providers", "openai", "scope"),
            "s",
            "temperature = 0.5 }\n",
            'temperature = 0.5 }\n  scope = "s"\n',
        ),
        (
            ("providers", "openai", "options", "top_p"),
            1,
            "{ temperature = 0.5 }",
            "{ temperature = 0.5, top_p = 1 }",
        ),
        (
            ("aliases", "fast one"),
            "demo/demo",
            "# the end\n",
            '# the end\n\n[aliases]\n"fast one" = "demo/demo"\n',
        ),
    ],
)
def test_a_change_touches_one_place(path: tuple[str, ...], value: Any, old: str, new: str) -> None:
    assert with_value(SAMPLE, path, value) == SAMPLE.replace(old, new)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        (("theme",), 'theme = "dark"   # at night\n'),
        (("providers", "openai", "model"), '  model = "gpt-4o" # for now\n'),
        (
            ("providers", "openai"),
            '[providers.openai]\n  model = "gpt-4o" # for now\n  options = { temperature = 0.5 }\n',
        ),
    ],
)
def test_a_removal_takes_whole_lines(path: tuple[str, ...], gone: str) -> None:
    assert without(SAMPLE, path) == SAMPLE.replace(gone, "")


def test_what_is_not_there_cannot_be_removed() -> None:
    assert without(SAMPLE, ("providers", "nobody")) == SAMPLE


def test_a_key_inside_of_an_inline_table_is_removed() -> None:
    path = ("providers", "openai", "options", "temperature")
    assert without(SAMPLE, path) == SAMPLE.replace("{ temperature = 0.5 }", "{}")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", ("a",), "a = 1\n"),
        ("# only a comment", ("a",), "# only a comment\na = 1\n"),
        ("", ("t", "a"), "[t]\na = 1\n"),
        ("b = 2", ("a",), "b = 2\na = 1\n"),
        ("[t]", ("t", "a"), "[t]\na = 1\n"),
        ("[t]\n", ("a",), "a = 1\n\n[t]\n"),
        ("# file\n\n# table\n[t]\n", ("a",), "# file\n\na = 1\n\n# table\n[t]\n"),
        ("t.b = 2\n[u]\n", ("t", "a"), "t.b = 2\nt.a = 1\n[u]\n"),
        ("t.u.b = 2\n", ("t", "a"), "t.u.b = 2\nt.a = 1\n"),
        ("t.u.b = 2\n", ("t", "v", "a"), "t.u.b = 2\n\n[t.v]\na = 1\n"),
        ("[t]\nu.b = 2\n", ("t", "u", "a"), "[t]\nu.b = 2\nu.a = 1\n"),
        ("[t.u]\nb = 2\n", ("t", "a"), "[t.u]\nb = 2\n\n[t]\na = 1\n"),
        ("t = {}\n", ("t", "u", "a"), "t = { u = { a = 1 } }\n"),
        ("[t]\r\nb = 2\r\n", ("t", "a"), "[t]\r\nb = 2\r\na = 1\r\n"),
        ("a = '''\nx\n''' # c\n", ("a",), "a = 1 # c\n"),
        ("a = [\n 1, # one\n]\n[t]\n", ("b",), "a = [\n 1, # one\n]\nb = 1\n[t]\n"),
    ],
)
def test_a_new_key_finds_its_place(text: str, path: tuple[str, ...], expected: str) -> None:
    assert with_value(text, path, 1) == expected


def test_a_key_below_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="theme is not a table"):
        with_value(SAMPLE, ("theme", "x"), 1)


def test_what_cannot_be_edited_line_by_line_is_refused_and_not_damaged() -> None:
    with pytest.raises(ConfigError, match="cannot change"):
        with_value("[t]\nb = 1\n", ("t",), 1)


KEYS = st.text(st.sampled_from("ab-_1.é \"'#]="), max_size=3)
SCALARS = st.one_of(
    st.integers(-99, 99),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text(max_size=8).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_is_written_is_read_again(table: dict[str, Any]) -> None:
    text = "".join(f"{written_key((k,))} = {written_value(v)}\n" for k, v in table.items())
    assert tomllib.loads(text) == table


PATHS = st.lists(st.sampled_from(["a", "b", "c d"]), min_size=1, max_size=3).map(tuple)
NOISE = st.sampled_from(["", "# note [a]\n", "\n", "   # 'x\n"])


def remarks(text: str) -> int:
    """Lines that are a comment; a `#` may stand in a value as well."""
    return sum(line.lstrip().startswith("#") for line in text.split("\n"))


@settings(max_examples=200)
@given(st.lists(st.tuples(PATHS, SCALARS, st.booleans(), NOISE), max_size=12))
def test_edits_in_any_order_leave_what_a_dictionary_would_hold_and_every_comment(
    edits: list[tuple[tuple[str, ...], Any, bool, str]],
) -> None:
    text = ""
    for path, value, remove, noise in edits:
        table = tomllib.loads(text)
        comments = remarks(text)
        try:
            changed = without(text, path) if remove else with_value(text, path, value)
        except ConfigError:
            continue  # a value stands where a table is wanted, or the other way round
        if not remove:
            expected: Any = table
            for key in path[:-1]:
                expected = expected.setdefault(key, {})
            expected[path[-1]] = value
            assert tomllib.loads(changed) == table
            assert remarks(changed) >= comments
        text = changed + noise


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from("abcdef"), SCALARS, min_size=1), st.data())
def test_only_the_line_of_the_key_changes(table: dict[str, Any], data: st.DataObject) -> None:
    lines = [f"{k}={written_value(v)}  # {k}" for k, v in table.items()]
    key = data.draw(st.sampled_from(sorted(table)))
    changed = with_value("\n".join(lines) + "\n", (key,), 1).split("\n")[:-1]
    assert [c == o or c == f"{key}=1  # {key}" for c, o in zip(changed, lines, strict=True)] == [
        True
    ] * len(lines)
