"""One line a call, whatever it was and however it ended."""

from __future__ import annotations

import json

import pytest

from llmchat.render.tools.calls import call_line, readable
from llmchat.values.calls import CallOutcome, ToolCall, ToolResult

CALL = ToolCall("c1", "time_now", '{"zone":\n "UTC"}', "time/now", 1)


@pytest.mark.parametrize(
    ("outcome", "text", "line"),
    [
        ("ok", "12:00", 'time/now {"zone": "UTC"}: 0.3 s'),
        ("timeout", "", 'time/now {"zone": "UTC"}: timed out after 0.3 s'),
        ("refused", "", 'time/now {"zone": "UTC"}: refused'),
        ("cancelled", "", 'time/now {"zone": "UTC"}: cancelled'),
        ("error", "", 'time/now {"zone": "UTC"}: failed'),
        ("error", "no luck", 'time/now {"zone": "UTC"}: failed (no luck)'),
        ("error", "first\nmiddle\nlast\n", 'time/now {"zone": "UTC"}: failed (first ... last)'),
    ],
)
def test_a_line_says_what_ran_and_how_it_ended(outcome: CallOutcome, text: str, line: str) -> None:
    assert call_line(ToolResult(CALL, text, outcome, 300)) == line


def test_long_arguments_and_failures_are_cut() -> None:
    call = ToolCall("c1", "now", "x" * 100_000)
    line = call_line(ToolResult(call, "y" * 100_000, "error", 1))
    assert len(line) < 200
    assert "…" in line


def test_russian_that_a_model_escaped_is_read_as_russian() -> None:
    said = json.dumps({"city": "Москва"})
    call = ToolCall("1", "weather", said)
    assert call_line(ToolResult(call, "", "ok", 300)) == 'weather {"city": "Москва"}: 0.3 s'


@pytest.mark.parametrize("said", [r'{"a": "\ud800"}', r'{"a": "\u04"', r"\u" + "[" * 9000])
def test_what_cannot_be_read_stays_as_it_is(said: str) -> None:
    assert readable(said) == said
