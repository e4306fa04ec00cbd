"""What counts as equal in a search; and the index finds what looking at every message would
find."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import UsageError
from llmchat.store.database import database
from llmchat.store.search.normalize import fold, index_words, pieces, unspaced
from llmchat.store.search.query import moment, parse
from llmchat.store.search.snippet import snippet

NOON = 1_750_000_000.0
SAMPLES = (
    "Ёлка елки ЕЛ Мой мои за́мок Café cafe\u0301 STRASSE straße foo_bar foo GPT4 a b2 - C++ ø "
    "语言 语 大型语言模型 モデル ﾓﾃﾞﾙ 東京 京都"
)
WORDS = st.lists(st.sampled_from(SAMPLES.split()), max_size=6)
GLUE = st.sampled_from([" ", "", ", ", "\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    glue = draw(GLUE)
    return glue.join(draw(WORDS))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ёлка", "елка"),
        ("ПРИВЕТ", "привет"),
        ("за́мок", "замок"),
        ("Café", "CAFE\u0301"),
        ("Straße", "STRASSE"),
        ("ﾓﾃﾞﾙ", "モデル"),
        ("ＧＰＴ", "gpt"),
        ("и\u0306од", "йод"),
        ("so\u00adft", "soft"),
        ("Łódź", "lodz"),
        ("ΆΛΦΑ", "αλφα"),
    ],
)
def test_case_accents_and_widths_are_the_same(one: str, other: str) -> None:
    assert index_words(one) == index_words(other)


@pytest.mark.parametrize(
    ("one", "other"), [("мой", "мои"), ("ガ", "カ"), ("ї", "і"), ("हिन्दी", "हनद")]
)
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_chinese_is_indexed_in_pairs_so_that_one_character_is_a_beginning() -> None:
    assert index_words("大型模型GPT4好") == "大型 型模 模型 型 gpt4 好"


@given(st.text())
@settings(max_examples=200)
def test_folding_takes_any_text_and_is_settled_after_once(text: str) -> None:
    assert tokens(index_words(fold(text))) == tokens(index_words(text))


def tokens(words: str) -> list[str]:
    """The words as the index splits them."""
    return "".join(c if c.isalnum() or c > "\x7f" else " " for c in words).split()


def runs(text: str) -> list[str]:
    """Independent of the index: the text as words and unspaced characters."""
    spaced = "".join(c if c.isalnum() or c > "\x7f" else " " for c in fold(text))
    return [piece for part in spaced.split() for piece in [*pieces(part), "\n"]]


def looked_through(text: str, word: str) -> bool:
    """What a search for one word must find, by looking at the text: its runs follow each other, the
    last may continue; runs of unspaced characters may begin inside a longer one if nothing comes
    before them."""
    wanted = [p for p in runs(word) if p != "\n"]
    stream = [p for p in runs(text) if p != "\n"]
    return any(_fits(stream[at:], wanted) for at in range(len(stream)))


def _fits(stream: list[str], wanted: list[str]) -> bool:
    if len(stream) < len(wanted):
        return False
    if len(wanted) == 1:
        return wanted[0] in stream[0] if unspaced(wanted[0][0]) else stream[0].startswith(wanted[0])
    inner = stream[1 : len(wanted) - 1] == wanted[1:-1]
    first = stream[0].endswith(wanted[0]) if unspaced(wanted[0][0]) else stream[0] == wanted[0]
    return first and inner and stream[len(wanted) - 1].startswith(wanted[-1])


@given(texts(), texts())
@settings(max_examples=400)
def test_the_index_agrees_with_looking_at_every_message(text: str, query: str) -> None:
    words = [w for w in query.split() if any(c.isalnum() for c in w) and '"' not in w]
    if not words:
        return
    connection = database.empty().connection
    connection.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (index_words(text),))
    match = parse(" ".join(words), now=NOON).match
    found = connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,)).fetchall()
    assert bool(found) == all(looked_through(text, word) for word in words), match
    connection.close()


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_no_query_is_a_syntax_error_of_the_index(query: str) -> None:
    connection = database.empty().connection
    try:
        match = parse(query, now=NOON).match
    except UsageError:
        return
    if match:
        connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (match,)).fetchall()
    connection.close()


def test_quotes_want_the_exact_words() -> None:
    assert parse('"List of"', now=NOON).match == '"list of"'
    assert parse("List of", now=NOON).match == '"list"* AND "of"*'


def test_an_unknown_filter_is_a_word() -> None:
    query = parse("std:vector", now=NOON)
    assert (query.match, query.where) == ('"std vector"*', "")


@pytest.mark.parametrize("wrong", ["", "  ", "...", "role:robot", "has:cheese", "before:soon"])
def test_a_search_for_nothing_says_so(wrong: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(wrong, now=NOON)
    assert caught.value.hint


@pytest.mark.parametrize(
    "wrong", ["2025-13", "2025-00-01", "25-01-01", "2025-1-1-1", "x", "2025-02-xx"]
)
def test_a_wrong_date_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        moment(wrong, now=NOON)


def test_dates_are_local_days_and_times_back() -> None:
    assert moment("2025-06", now=NOON) == moment("2025-06-01", now=NOON)
    assert moment("2d", now=NOON) == NOON - 2 * 86400
    assert moment("yesterday", now=NOON) < moment("today", now=NOON) <= NOON


def test_a_snippet_marks_the_words_in_the_text_as_it_was_written() -> None:
    text = "x" * 60 + " Straße und Ёлка,\n\nwas?"
    found = snippet(text, ("елка", "strasse"))
    assert [piece for piece, marked in found if marked] == ["Straße", "Ёлка"]
    assert found[0] == ("…", False)
    assert "\n" not in "".join(piece for piece, _ in found)


@given(texts(), st.sampled_from(["елк", "cafe", "语", "モデル", "foo"]))
@settings(max_examples=200)
def test_what_a_snippet_marks_folds_to_the_word(text: str, mark: str) -> None:
    for piece, marked in snippet(text, (mark,), length=10_000):
        if marked:
            assert fold(piece).strip() == mark


def test_sqlite_has_what_the_index_needs() -> None:
    assert sqlite3.sqlite_version_info >= (3, 22)
