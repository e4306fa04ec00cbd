"""Marks that stand for large texts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.repl.input.pastes import Pastes


def test_a_small_text_stays_as_it_is() -> None:
    assert Pastes().fold("one\ntwo") == "one\ntwo"


def test_a_large_text_becomes_a_mark_and_comes_back_whole() -> None:
    pastes = Pastes()
    text = "line [of] code\n" * 100
    mark = pastes.fold(text)
    assert mark == "[100 lines: line of code line of cod…]"
    assert pastes.unfold(f"look: {mark} please") == f"look: {text} please"


def test_two_texts_that_begin_alike_have_two_marks() -> None:
    pastes = Pastes()
    one, two = "x" * 3000 + "1", "x" * 3000 + "2"
    marks = pastes.fold(one), pastes.fold(two)
    assert marks[0] != marks[1]
    assert pastes.unfold("".join(marks)) == one + two
    assert pastes.fold(one) == marks[0]


def test_a_mark_inside_of_a_text_stays_a_text() -> None:
    pastes = Pastes()
    inner = pastes.fold("a\n" * 50)
    outer = f"{inner}\n" * 20
    assert pastes.unfold(pastes.fold(outer)) == outer


def test_one_backspace_takes_a_whole_mark() -> None:
    pastes = Pastes()
    mark = pastes.fold("y" * 5000)
    assert pastes.mark_before(f"see {mark}") == mark
    assert pastes.mark_before(f"{mark} ") == ""


@settings(max_examples=50)
@given(st.lists(st.text(max_size=8).map(lambda t: t * 400), min_size=1, max_size=5))
def test_what_is_folded_is_sent_as_it_was(texts: list[str]) -> None:
    pastes = Pastes()
    assert pastes.unfold("|".join(map(pastes.fold, texts))) == "|".join(texts)
