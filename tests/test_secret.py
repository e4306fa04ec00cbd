"""No text that went through a mask shows more than eight characters in a row of a secret."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.values.secret import SHOWN, Mask, Secret, StreamMask, may_be_key, redact

KEY = "sk-proj-4fT9/xQ2+bLmZ7vKc1RdWn8sYhG5jP0uEoAiXq3B"
TEXT = "ab sk-pro4fT9/xQ2+bLmZ7 vKc1RdWn8s\n"

keys = st.text(st.sampled_from("abcXYZ0189+/=_-.%~"), min_size=9, max_size=60)
around = st.text(st.sampled_from(TEXT), max_size=30)


def forms(key: str) -> list[str]:
    encoded = base64.b64encode(key.encode()).decode()
    behind = base64.b64encode(f"Bearer {key}".encode()).decode()[12:]
    in_address = base64.urlsafe_b64encode(key.encode()).decode()
    return [key, quote(key), quote(key, safe=""), quote_plus(key), encoded, behind, in_address]


def shown(text: str, secret: str) -> Iterator[str]:
    """The runs of more than eight characters of the secret in the text."""
    for form in forms(secret):
        grams = (form[at : at + SHOWN + 1] for at in range(len(form) - SHOWN))
        yield from (gram for gram in grams if gram in text)


@settings(max_examples=200, deadline=None)
@given(keys, around, around, st.integers(0, 6), st.data())
def test_a_cut_form_of_any_length_is_hidden(
    key: str, before: str, after: str, number: int, data: st.DataObject
) -> None:
    form = forms(key)[number]
    start = data.draw(st.integers(0, len(form)))
    end = data.draw(st.integers(start, len(form)))
    text = redact(before + form[start:end] + after, [Secret(key)])
    assert not list(shown(text, key))


@settings(max_examples=200, deadline=None)
@given(keys, around, around, st.lists(st.integers(1, 12), min_size=1, max_size=80))
def test_a_stream_hides_it_however_it_is_cut_into_pieces(
    key: str, before: str, after: str, sizes: list[int]
) -> None:
    text = before + key + after + key[3:] + after
    masked = StreamMask(Mask([Secret(key)]))
    said, at = "", 0
    for size in [*sizes, len(text)]:
        said += masked(text[at : at + size])
        at += size
    assert not list(shown(said, key))


@given(st.text(max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_what_holds_no_secret_passes_as_it_is_and_at_once(text: str, cuts: list[int]) -> None:
    mask = Mask([Secret("\u2603" * 30), Secret("never-in-that-text-0123456789")])
    masked = StreamMask(mask)
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    if "\u2603" * 30 not in text and "never-in-" not in text:
        assert [masked(piece) for piece in pieces] == pieces
        assert mask(text) == text


def test_one_run_is_one_mark_also_in_a_stream() -> None:
    mask = Mask([Secret(KEY)])
    assert mask(f"<{KEY}>") == "<***>"
    masked = StreamMask(mask)
    assert "".join(map(masked, f"<{KEY}> and on")) == f"<{KEY[:8]}***> and on"


@pytest.mark.parametrize("length", range(1, len(KEY) + 1))
def test_the_beginning_of_a_key_is_told_up_to_eight_characters(length: int) -> None:
    beginning = KEY[:length]
    assert redact(beginning, [Secret(KEY)]) == (beginning if length <= SHOWN else "***")


def test_a_short_password_is_hidden_whole_and_a_very_short_one_not_at_all() -> None:
    assert redact("the password hunter2!", [Secret("hunter2!")]) == "the password ***"
    assert redact("the password is abc", [Secret("abc")]) == "the password is abc"


def test_the_base64_of_addresses_is_hidden_too() -> None:
    encoded = base64.urlsafe_b64encode(b"~~~???" * 5).decode()
    assert "-" in encoded
    assert redact(encoded, [Secret("~~~???" * 5)]) == "***"


def test_the_halves_of_a_gigachat_key_are_hidden_too() -> None:
    key = base64.b64encode(b"0f1e2d3c-id:4b5a6978-the-secret").decode()
    assert redact("the secret is 4b5a6978-the-secret", [Secret(key)]) == "the secret is ***"


def test_the_time_grows_with_the_text_and_not_with_the_key() -> None:
    """A million characters of nothing but candidates, which a search for each part would not
    finish before the test's own time-out."""
    text = "QUJDRA" * 200_000
    assert Mask([Secret("x" + "QUJDRB" * 300)])(text)


def test_an_unknown_word_is_repeated_when_it_can_be_a_name() -> None:
    assert [may_be_key(w) for w in ("histroy", "gigachat-max", "--no-stream")] == [False] * 3
    assert [may_be_key(w) for w in (KEY, KEY[:9], "aB3dE5gH7", "sk-abcdefgh")] == [True] * 4
