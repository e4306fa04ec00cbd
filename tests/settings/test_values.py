"""How texts and TOML values become settings, and how they are shown."""

from __future__ import annotations

from typing import Any

import pytest

from llmchat.settings import literal
from llmchat.settings.keys import PROVIDER, TOP
from llmchat.settings.values import BadValue, coerced, from_text, parse_size, shown
from llmchat.values.secret import Secret


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("5", 5),
        ("-5", -5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("nan", "nan"),
        ("words", "words"),
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ('"5"', "5"),
        ("[not json", "[not json"),
        ("[1e999]", "[1e999]"),
        ('{"a": NaN}', '{"a": NaN}'),
        ("", ""),
        ("²", "²"),
    ],
)
def test_an_option_is_the_value_a_person_means(text: str, value: Any) -> None:
    assert literal(text) == value
    assert type(literal(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10MB", 10_000_000),
        ("512 k", 512_000),
        ("1.5M", 1_500_000),
        ("2_000_000", 2_000_000),
        ("1 MiB", 1_048_576),
        ("7B", 7),
        ("0", None),
        ("-1", None),
        ("ten", None),
        ("10 XB", None),
        ("1e99", None),
        ("nan", None),
        ("", None),
    ],
)
def test_sizes_have_units(text: str, size: int | None) -> None:
    assert parse_size(text) == size


def test_a_size_may_be_a_number_of_bytes() -> None:
    assert coerced(5000, TOP["max_input"]) == 5000
    for wrong in (True, "much", -1):
        with pytest.raises(BadValue, match="max_input must be a size such as 10MB"):
            coerced(wrong, TOP["max_input"])


def test_every_default_is_of_its_own_kind() -> None:
    for key in (*TOP.values(), *PROVIDER.values()):
        if key.default not in (None, ""):
            assert coerced(key.default, key) == key.default


def test_tables_and_keys_are_read_from_texts() -> None:
    assert from_text('{"a": "b"}', PROVIDER["headers"]) == {"a": "b"}
    assert from_text(" key\n", PROVIDER["api_key"]) == Secret("key")
    with pytest.raises(BadValue, match="headers must be a table of strings"):
        from_text('{"a": 1}', PROVIDER["headers"])


@pytest.mark.parametrize("text", ["demo, yqcloud", '["demo", "yqcloud"]', ' [ "demo","yqcloud" ]'])
def test_a_list_is_read_as_words_and_as_it_is_shown(text: str) -> None:
    assert from_text(text, TOP["fallback"]) == ("demo", "yqcloud")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("proxy", "http://u:p@h:1/x", "http://***@h:1/x"),
        ("proxy", "http://h", "http://h"),
        ("providers.x.headers", {"Cookie": "a", "X": "b"}, {"Cookie": "***", "X": "b"}),
        ("providers.x.api_key", Secret(""), ""),
        ("fallback", ("a", "b"), ["a", "b"]),
    ],
)
def test_what_is_shown_holds_no_secret(key: str, value: Any, expected: Any) -> None:
    assert shown(key, value) == expected
