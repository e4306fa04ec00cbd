"""What a terminal can do is read from its stream and its environment."""

from __future__ import annotations

import io
import os

import pytest

from llmchat.render.terminal.screen import Size, screen_for, size_of


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "colour", "attributes", "cursor"),
    [
        ({"TERM": "xterm-256color"}, True, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, True, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, False, True, True),
        ({"TERM": "dumb"}, False, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True, False),
        ({}, False, False, False),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="consoles of Windows have no TERM")
def test_a_terminal(environ: dict[str, str], colour: bool, attributes: bool, cursor: bool) -> None:
    screen = screen_for(Tty(), environ)
    assert (screen.colour, screen.attributes, screen.cursor) == (colour, attributes, cursor)


def test_a_pipe_has_no_colours_unless_they_are_wanted() -> None:
    assert not screen_for(io.StringIO(), {"TERM": "xterm"}).attributes
    assert not screen_for(io.StringIO(), {"TERM": "xterm"}).cursor
    assert screen_for(io.StringIO(), {"TERM": "xterm"}, colour=True).attributes


@pytest.mark.parametrize(
    ("environ", "synchronized"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb", "WT_SESSION": "1"}, False),
    ],
)
def test_synchronized_output_is_used_where_it_is_known_to_work(
    environ: dict[str, str], synchronized: bool
) -> None:
    assert screen_for(Tty(), environ).synchronized is synchronized


def test_a_size_nobody_knows_is_that_of_the_first_terminals() -> None:
    assert size_of(io.StringIO(), {}) == Size(80, 24)
    assert size_of(io.StringIO(), {"COLUMNS": "100"}) == Size(100, 24)


@pytest.mark.parametrize(
    ("encoding", "name"), [("UTF-8", "utf-8"), ("cp65001", "utf-8"), ("cp1251", "cp1251")]
)
def test_the_encoding_is_that_of_the_stream(encoding: str, name: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert screen_for(stream, {}).encoding == name
