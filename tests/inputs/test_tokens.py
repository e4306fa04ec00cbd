"""How many tokens a text will be, and what is too many."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import TooLong
from llmchat.inputs.tokens import check_size, estimate_tokens, shown_size, window_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("word" * 10, 10),
        ("слово" * 10, 20),
        ("语言" * 17, 20),
        ("🙂" * 3, 6),
        ("word" * 2 + "слово" * 2, 6),
    ],
)
def test_each_script_has_its_own_rule(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@settings(max_examples=200)
@given(st.text(st.characters(), max_size=50))
def test_the_quick_count_equals_the_slow_one(text: str) -> None:
    rule = {1: 4.0, 2: 2.5, 3: 1.7, 4: 0.5}
    slow = sum(1 / rule[len(c.encode("utf-8", "surrogatepass"))] for c in text)
    assert abs(estimate_tokens(text) - slow) <= 1
    assert estimate_tokens(text) >= ceil(round(slow, 6))


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("GigaChat-2-Max", 128_000),
        ("glm-4", 128_000),
        ("glm-4.6-air", 200_000),
        ("openai/gpt-4.1-mini", 1_047_576),
        ("gpt-4o-mini", 128_000),
        ("somebody", 0),
        ("", 0),
    ],
)
def test_windows_are_known_by_the_beginning_of_a_name(model: str, window: int) -> None:
    assert window_of(model) == window


def test_what_exceeds_the_window_for_sure_is_refused_with_the_numbers() -> None:
    problem = r"the prompt is about 1,251 tokens, m holds 1,000"
    with pytest.raises(TooLong, match=problem) as caught:
        check_size("word" * 1251, model="m", window=1000)
    assert caught.value.exit_code == 2
    assert check_size("word" * 1250, model="m", window=1000) == ""


def test_a_window_that_nobody_knows_refuses_nothing() -> None:
    assert check_size("word" * 9_000_000, model="m") == ""


def test_a_large_prompt_is_mentioned() -> None:
    notice = check_size("word" * 1501, model="m", large=1500)
    assert notice == "the prompt is large: about 1,501 tokens (6,004 characters)"
    assert check_size("word" * 1500, model="m", large=1500) == ""


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_234, "1.2 kB"),
        (12_345, "12 kB"),
        (999_999, "999 kB"),
        (10_000_000, "10 MB"),
        (1_500_000_000, "1.5 GB"),
    ],
)
def test_sizes_are_shown_as_people_say_them(size: int, shown: str) -> None:
    assert shown_size(size) == shown
