"""When Enter is a new line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.repl.input.multiline import continues, in_fence


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("", False),
        ("plain", False),
        ("```", True),
        ("```python\ncode", True),
        ("```\ncode\n```", False),
        ("````\n```\n", True),
        ("````\n```\n````", False),
        ("~~~\n```\n", True),
        ("```\n~~~\n", True),
        ("inline ``` is none", False),
        ("```in one line```", False),
        ("   ```", True),
        ("    ```", False),
        ("```\nx\n``` not closed", True),
    ],
)
def test_a_fence_is_open_until_one_at_least_as_long_closes_it(text: str, inside: bool) -> None:
    assert in_fence(text) is inside


@pytest.mark.parametrize(
    ("text", "goes_on"),
    [
        ("a \\", True),
        ("a \\\\", False),
        ("a \\\\\\", True),
        ("a", False),
        ("\\\nb", False),
        ("```\nmacro \\", False),
    ],
)
def test_an_odd_backslash_at_the_end_goes_on(text: str, goes_on: bool) -> None:
    assert continues(text) is goes_on


@settings(max_examples=100)
@given(st.text(st.sampled_from("`~ \nab"), max_size=40))
def test_a_fence_that_is_closed_by_hand_is_closed(text: str) -> None:
    """Closing what is open leaves nothing open; two fences never nest."""
    if in_fence(text):
        assert not any(in_fence(f"{text}\n{mark * 41}") for mark in "`~") or not all(
            in_fence(f"{text}\n{mark * 41}") for mark in "`~"
        )
