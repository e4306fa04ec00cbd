"""The console that everything is drawn with, and the guard it writes to."""

from __future__ import annotations

import io

import pytest
from rich.control import Control
from rich.segment import ControlType
from rich.table import Table
from rich.text import Text

from llmchat.render.terminal.console import console_for
from llmchat.render.terminal.screen import Screen
from tests.render.attacks import MARKDOWN, SEQUENCES


def screen(
    *, colour: bool = True, attributes: bool = True, cursor: bool = True, columns: int = 40
) -> Screen:
    size = (columns, 24)
    return Screen(io.StringIO(), lambda: size, colour, attributes, cursor)


def written(on: Screen) -> str:
    assert isinstance(on.stream, io.StringIO)
    return on.stream.getvalue()


def test_styles_of_the_theme_come_out_as_colours() -> None:
    on = screen()
    console_for(on, "dark").print(Text("x", style="error"))
    assert written(on) == "\x1b[91mx\x1b[0m\n"


def test_without_colour_attributes_stay_and_without_attributes_nothing() -> None:
    bare, dumb = screen(colour=False), screen(attributes=False, cursor=False)
    for on in (bare, dumb):
        console_for(on).print(Text("x", style="bold red"))
    assert written(bare) == "\x1b[1mx\x1b[0m\n"
    assert written(dumb) == "x\n"


def test_the_size_is_that_of_the_screen_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "0")
    assert console_for(screen(columns=33)).width == 33


@pytest.mark.parametrize("attack", [*SEQUENCES, *MARKDOWN])
def test_no_foreign_sequence_passes_the_guard_through_a_table(attack: str) -> None:
    """Even where somebody forgot to clean a cell."""
    on = screen()
    table = Table("head")
    table.add_row(Text(attack))
    console_for(on).print(table)
    left = "".join(part for part in written(on).split("\x1b[0m") if part)
    for forbidden in ("\x1b]", "\x1bP", "\x1b_", "\x1b[?", "\x07", "\x08", "\x9b", "\x9d", "\x0b"):
        assert forbidden not in left
    assert "\u202e" not in left


@pytest.mark.parametrize(
    "control",
    [ControlType.CLEAR, ControlType.HOME, ControlType.ENABLE_ALT_SCREEN, ControlType.HIDE_CURSOR],
)
def test_a_control_that_we_do_not_use_loses_its_escape(control: ControlType) -> None:
    on = screen()
    console_for(on).control(Control(control))
    assert "\x1b" not in written(on)


def test_our_own_sequences_pass() -> None:
    on = screen()
    console_for(on).control(Control((ControlType.CURSOR_UP, 2), (ControlType.ERASE_IN_LINE, 0)))
    assert written(on) == "\x1b[2A\x1b[0K"


def test_what_the_encoding_does_not_hold_is_a_look_alike_or_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1", newline="")
    console_for(Screen(stream, lambda: (40, 24))).print(Text("aя─"))
    assert raw.getvalue() == b"a?-\n"


def test_a_closed_terminal_is_an_error_once_and_ends_no_process() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console = console_for(Screen(Closed(), lambda: (40, 24)))
    with pytest.raises(BrokenPipeError):
        console.print(Text("a"))
    console.print(Text("b"))
