"""Lines end where a person would end them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmchat.render.fold import fold, hanging, longest_piece
from llmchat.render.width import width

TEXTS = st.text(alphabet="ab-/._:界 Ж👍\u0301", max_size=60)


@given(TEXTS, st.integers(2, 30))
def test_no_line_is_wider_than_asked_and_nothing_but_blanks_is_lost(text: str, cells: int) -> None:
    lines = fold(text, cells)
    assert max(map(width, lines)) <= cells
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("see config.toml now", 12, ["see", "config.toml", "now"]),
        ("meta-llama/llama-3.3-70b-instruct", 16, ["meta-llama/", "llama-3.3-70b-", "instruct"]),
        ("https://a.example/path?x=1", 14, ["https://", "a.example/", "path?x=1"]),
        ("providers.gigachat.base_url", 12, ["providers.", "gigachat.", "base_url"]),
        ("如何排序，以及", 8, ["如何排", "序，以及"]),
        ("  indented words", 10, ["  indented", "words"]),
        ("", 5, [""]),
    ],
)
def test_words_are_torn_only_where_no_line_could_take_them(
    text: str, cells: int, lines: list[str]
) -> None:
    assert fold(text, cells) == lines


def test_further_lines_hang_below_the_first_word() -> None:
    assert hanging("llmchat: ", "one two three", 16, indent=9) == [
        "llmchat: one two",
        "         three",
    ]
    assert hanging("x ", "y " * 99, 0, indent=2) == ["x " + "y " * 99]


def test_a_column_is_at_least_as_wide_as_its_longest_part() -> None:
    assert longest_piece("GigaChat-2-Max") == len("GigaChat-")
    assert longest_piece("as words go") == len("words")
