"""Themes: three of our own, and any file that Rich can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.style import Style

from llmchat.errors import ConfigError
from llmchat.render.terminal.live import render_once
from llmchat.render.terminal.theme import theme_named
from tests.render.emulator import Terminal, screen_of

FILE = """\
[styles]
markdown.h1 = bold red on white
markdown.code = #ff8800
code.keyword = italic blue
markdown.link_url = link https://evil.example
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.ini"
    path.write_text(FILE, "utf-8")
    return path


def test_a_file_changes_what_it_names_and_leaves_the_rest(file: Path) -> None:
    styles = theme_named(str(file)).styles
    assert styles["markdown.h1"] == Style.parse("bold red on white")
    assert styles["code.keyword"] == Style.parse("italic blue")
    assert styles["markdown.strong"] == theme_named("auto").styles["markdown.strong"]
    assert "progress.percentage" in styles


def test_the_colours_of_a_file_are_on_the_screen(file: Path) -> None:
    screen = screen_of(Terminal())
    text = render_once("# Head\n\n```py\nif x\n```\n", screen, str(file))
    assert "\x1b[1;31;47mHead\x1b[0m" in text
    assert "\x1b[3;34mif\x1b[0m" in text


def test_no_theme_hides_a_target_behind_a_link(file: Path) -> None:
    text = render_once("[a](http://e.org)", screen_of(Terminal()), str(file))
    assert "\x1b]8" not in text
    assert "(http://e.org)" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[styles]\nmarkdown.h1 = nonsense of a colour\n", "is not a theme"),
        ("no section\n", "is not a theme"),
        ("[other]\nx = bold\n", "is not a theme"),
        ("[styles]\nx = %(y)s\n", "is not a theme"),
    ],
)
def test_a_file_that_is_no_theme_is_told(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.ini"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=said):
        theme_named(str(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        theme_named(str(tmp_path / "none.ini"))


def test_without_colours_attributes_of_a_theme_stay() -> None:
    text = render_once("**b** `c`", screen_of(Terminal(), colour=False), "dark")
    assert text == "\x1b[1mb\x1b[0m c\n"
