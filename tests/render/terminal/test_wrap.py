"""Rows are folded where a reader expects it, and measured as terminals measure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment

from llmchat.render.terminal.wrap import Row, Verbatim, Words
from llmchat.render.width import head_fitting, width


def folded(text: str, columns: int) -> list[str]:
    words = Words(columns)
    words.add(Segment(text))
    words.finish()
    return [row.text for row in words.take()]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one two three", ["one two", "three"]),
        ("one  two", ["one  two"]),
        ("a" * 20, ["aaaaaaaa", "aaaaaaaa", "aaaa"]),
        ("ab " + "c" * 10, ["ab", "cccccccc", "cc"]),
        ("语言模型很好", ["语言模型", "很好"]),
        ("语言模型。很好", ["语言模", "型。很好"]),
        ("说（重要）的", ["说（重", "要）的"]),
        ("用Python写代码", ["用Python", "写代码"]),
        ("x\ny", ["x", "y"]),
        ("x\n\ny", ["x", "", "y"]),
        ("слово за слово", ["слово за", "слово"]),
        ("", []),
    ],
)
def test_text_is_folded(text: str, rows: list[str]) -> None:
    assert folded(text, 8) == rows


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("привет", 6),
        ("语言", 4),
        ("e\u0301", 1),
        ("😀", 2),
        ("⚠\ufe0f", 2),
        ("ไทย", 3),
        ("👨\u200d👩", 4),
        ("", 0),
    ],
)
def test_width_is_what_a_terminal_takes_at_most(text: str, cells: int) -> None:
    assert width(text) == cells


@given(st.text(st.sampled_from("ab 语言。e\u0301😀⚠\ufe0f\u200d")), st.integers(2, 12))
@settings(max_examples=200)
def test_no_row_is_too_wide_and_no_character_is_lost(text: str, columns: int) -> None:
    rows = folded(text, columns)
    assert all(width(row) <= columns for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")


@given(st.text(st.sampled_from("ab 语言e\u0301😀")), st.integers(2, 12))
@settings(max_examples=100)
def test_code_is_folded_anywhere_and_joined_again_is_itself(text: str, columns: int) -> None:
    fill = Verbatim(columns)
    fill.add(Segment(text))
    fill.end_line()
    rows = fill.take()
    assert all(width(row.text) <= columns for row in rows)
    assert "".join(row.text for row in rows).rstrip() == text.rstrip()
    assert [row.soft for row in rows] == [False] + [True] * (len(rows) - 1)


@given(st.text(st.sampled_from("abcd      語еёй.e\u0301")), st.integers(2, 12))
@settings(max_examples=300)
def test_text_folds_the_same_at_once_and_by_the_character(text: str, columns: int) -> None:
    words = Words(columns)
    for char in text:
        if char != "\u0301":
            words.add(Segment(char))
    words.finish()
    assert [row.text for row in words.take()] == folded(text.replace("\u0301", ""), columns)


def test_a_row_knows_whether_terminals_agree_about_its_width() -> None:
    assert Row((Segment("语言 é"),)).is_steady
    assert not Row((Segment("⚠\ufe0f"),)).is_steady


def test_a_copy_goes_on_alone() -> None:
    words = Words(8)
    words.add(Segment("one tw"))
    twin = words.copy()
    twin.add(Segment("o three"))
    twin.finish()
    words.finish()
    assert [row.text for row in words.take()] == ["one tw"]
    assert [row.text for row in twin.take()] == ["one two", "three"]


def test_marks_stay_with_their_base() -> None:
    assert head_fitting("ae\u0301\u0302b", 2) == 4
