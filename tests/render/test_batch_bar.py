"""The figures of a batch's bar."""

from __future__ import annotations

import pytest

from llmchat.language.dates import lasting
from llmchat.render.stderr.batch_bar import figures


def test_the_figures_tell_what_is_done_and_how_long_it_takes() -> None:
    text = figures(120, 5000, 3, 41_000, 60.0)
    assert text == "120/5,000, 3 failed, 40 min 40 s left, 2.0/s, 41,000 tokens"


def test_before_anything_can_be_said_there_is_the_count_alone() -> None:
    assert figures(0, 12, 0, 0, 0.1) == "0/12"


def test_a_pause_of_the_service_is_told() -> None:
    assert figures(0, 12, 0, 0, 9.0, resting=42.4) == "0/12, rate limit, 42 s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.34, "0.3 s"), (42.4, "42 s"), (65, "1 min 5 s"), (7800, "2 h 10 min"), (59.6, "1 min 0 s")],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
