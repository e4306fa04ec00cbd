"""The panel of a call: whole, clean, and as wide as its screen."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from llmchat.render.terminal.screen import Screen
from llmchat.render.tools.panel import call_panel, definition_panel
from llmchat.render.width import width
from llmchat.tools.tool import Tool
from llmchat.values.calls import ToolSpec

TOOL = Tool(
    "time",
    "now",
    ToolSpec("time_now", "The time.", {"type": "object", "properties": {"zone": {}}}),
    "abc123",
    hints={"readOnlyHint": True, "destructiveHint": True},
)


def screen(columns: int, encoding: str = "utf-8") -> Screen:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Screen(stream, lambda: (columns, 24), colour=False, attributes=False, cursor=False)


def test_it_names_the_tool_and_shows_every_argument() -> None:
    drawn = call_panel(TOOL, '{\n  "zone": "UTC"\n}', screen(80), "auto")
    assert "The model wants to run time/now" in drawn
    assert '  "zone": "UTC"' in drawn


def test_what_a_tool_says_of_itself_is_told_as_not_verified() -> None:
    drawn = call_panel(TOOL, "{}", screen(80), "auto")
    assert "the tool says that it only reads (not verified)" in drawn
    assert "the tool says that it may change or delete things (not verified)" in drawn


def test_a_definition_is_shown_with_its_hash() -> None:
    drawn = definition_panel(TOOL, screen(80), "auto")
    for word in ("The time.", '"zone"', "called time_now by the model", "readOnlyHint: True"):
        assert word in drawn
    assert "hash abc123" in drawn


@pytest.mark.parametrize("columns", [40, 80, 300])
def test_rows_are_as_wide_as_the_screen_and_no_wider_than_can_be_read(columns: int) -> None:
    text = "слово 日本語 👩‍👩‍👧 " * 30
    drawn = call_panel(TOOL, text, screen(columns), "auto")
    assert {width(row) for row in drawn.rstrip("\n").split("\n")} == {min(columns, 100)}


def test_nothing_foreign_acts() -> None:
    bad = "\x1b[2J\x07\u202e\u200b[red]"
    tool = replace(TOOL, name=f"n{bad}", spec=ToolSpec(bad, bad), title=bad, hints={bad: bad})
    drawn = call_panel(tool, bad, screen(80), "auto") + definition_panel(tool, screen(80), "auto")
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(drawn)
    assert "[red]" in drawn


def test_a_terminal_without_unicode_gets_an_ascii_frame() -> None:
    drawn = call_panel(TOOL, "{}", screen(60, "ascii"), "auto")
    assert drawn.isascii()
