"""The quick way of `history list` and `history search` says what the usual way says."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from llmchat.cli.at_once import answer
from llmchat.cli.main import run
from llmchat.world import Clock, World

ASKED = (["Как испечь Ёлочный пирог?"], ["-c", "и 语言模型?"], ["sorting lists"])
ALIKE = [
    ["list"],
    ["list", "--json"],
    ["search", "пирог"],
    ["search", "елочн"],
    ["search", "语"],
    ["search", "sorting lists"],
    ["search", "sort", "role:user", "--json"],
]
OTHERWISE = [
    [],
    ["list", "more"],
    ["list", "--all"],
    ["search"],
    ["search", "--rank", "pie"],
    ["search", "nothing-like-it"],
    ["search", "before:someday"],
    ["show", "last"],
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for words in ASKED:
        assert usual(tmp_path, "ask", "-p", "demo", *words)[0] == 0
    return tmp_path


def usual(home: Path, *argv: str) -> tuple[int, str]:
    out = io.StringIO()
    environ = {"LLMCHAT_HOME": str(home)}
    world = World(environ, io.StringIO(), out, io.StringIO(), home, Clock(time.time))
    return run(argv, world), out.getvalue()


@pytest.mark.parametrize("argv", ALIKE, ids=" ".join)
def test_both_ways_say_the_same(home: Path, argv: list[str]) -> None:
    quick = answer(argv, {"LLMCHAT_HOME": str(home)}, tty=False)
    assert (0, quick) == usual(home, "history", *argv)


@pytest.mark.parametrize("argv", OTHERWISE, ids=" ".join)
def test_what_needs_words_of_its_own_goes_the_usual_way(home: Path, argv: list[str]) -> None:
    assert answer(argv, {"LLMCHAT_HOME": str(home)}, tty=False) is None


def test_a_terminal_a_wish_for_colour_and_no_history_go_the_usual_way(home: Path) -> None:
    environ = {"LLMCHAT_HOME": str(home)}
    assert answer(["list"], environ, tty=True) is None
    assert answer(["list"], environ | {"FORCE_COLOR": "1"}, tty=False) is None
    assert answer(["list"], {"LLMCHAT_HOME": str(home / "none")}, tty=False) is None


def test_a_damaged_history_goes_the_usual_way(home: Path) -> None:
    (home / "history.db").write_bytes(b"no database" * 1000)
    assert answer(["list"], {"LLMCHAT_HOME": str(home)}, tty=False) is None
