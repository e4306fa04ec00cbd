"""Moments and spans of time as people read them."""

from __future__ import annotations

import pytest

from llmchat.language.dates import short_time, span, when


def test_moments_are_local_and_near_ones_have_names() -> None:
    noon = 1_750_075_200.0
    assert when(noon, now=noon).startswith("today ")
    assert when(noon - 86400, now=noon).startswith("yesterday ")
    assert when(noon - 9 * 86400, now=noon).startswith("2025-06-0")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (600, "10 min"), (7200, "2 h"), (3e5, "3 d")]
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_time_that_was_not_measured_is_not_shown() -> None:
    assert (short_time(310), short_time(None)) == ("0.3 s", "")
