"""Help that teaches: one screen for the program, examples for every command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from llmchat.cli.main import run
from llmchat.cli.table import COMMANDS
from llmchat.world import World


def printed(home: Path, capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    environ = {"LLMCHAT_HOME": str(home), "HOME": str(home)}
    code = run(argv, World(environ, io.StringIO(""), out, err, home))
    assert (code, err.getvalue()) == (0, "")
    return out.getvalue() + capsys.readouterr().out  # Typer writes to the real one


def test_the_overview_fits_a_terminal_of_80_columns_and_24_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(tmp_path, capsys, "--help").splitlines()
    assert len(lines) <= 23  # the prompt takes one
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_names_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    about = COMMANDS[name]
    lines = printed(tmp_path, capsys, "--help").splitlines()
    assert [line for line in lines if line.split()[:1] == [name] and line.endswith(about)]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_each_example_on_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = printed(tmp_path, capsys, name, "--help")
    examples = text.partition("Examples:\n")[2].splitlines()
    assert len([line for line in examples if "llmchat" in line]) >= 3
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("argv", "same"),
    [
        (("help",), ("--help",)),
        (("-h",), ("--help",)),
        (("help", "ask"), ("ask", "--help")),
        (("ask", "-h"), ("ask", "--help")),
        (("history", "show", "-h"), ("history", "show", "--help")),
        (("help", "history", "show"), ("history", "show", "--help")),
    ],
)
def test_help_is_found_by_each_of_its_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], same: tuple[str, ...]
) -> None:
    assert printed(tmp_path, capsys, *argv) == printed(tmp_path, capsys, *same) != ""


@pytest.mark.parametrize(
    ("words", "promised"),
    [
        ("auth status", "array"),
        ("code last", "array"),
        ("config get theme", "object"),
        ("config list", "array"),
        ("doctor", "object"),
        ("history import EMPTY", "array"),
        ("history list", "array"),
        ("history search hi", "array"),
        ("history show last", "object"),
        ("history stats", "object"),
        ("models", "array"),
        ("plugins list", "array"),
        ("templates list", "array"),
        ("tools list", "array"),
    ],
)
def test_help_says_what_json_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, promised: str
) -> None:
    (tmp_path / "empty.jsonl").touch()
    argv = words.replace("EMPTY", str(tmp_path / "empty.jsonl")).split()
    lines = printed(tmp_path, capsys, *argv, "--help").splitlines()
    assert promised in next(line for line in lines if "--json" in line and "Print" in line)
    environ = {"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path), "LLMCHAT_FIND_LOCAL": "0"}
    for asked in (("ask", "-p", "demo", "-q", "hi"), (*argv, "--json")):
        out = io.StringIO()
        run(asked, World(environ, io.StringIO(""), out, io.StringIO(), tmp_path))
    assert isinstance(json.loads(out.getvalue()), list if promised == "array" else dict)
