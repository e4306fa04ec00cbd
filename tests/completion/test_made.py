"""The files that are made from the command line are those of the command line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from llmchat.cli.scripts import FILES, script
from llmchat.completion.made import made
from llmchat.completion.tree import Node, command_tree

ROOT = Path(__file__).parents[2]
MADE = made()


@pytest.mark.parametrize("name", MADE)
def test_a_made_file_is_the_newest(name: str) -> None:
    """If not: python -m llmchat.completion"""
    assert (ROOT / name).read_text("utf-8") == MADE[name]


@pytest.mark.parametrize("shell", FILES)
def test_the_command_prints_what_the_folder_holds(shell: str) -> None:
    assert script(shell) == (ROOT / "completions" / FILES[shell]).read_text("utf-8")


@pytest.mark.parametrize("node", list(command_tree().walk())[1:], ids=lambda node: node.name)
def test_every_command_says_what_it_does(node: Node) -> None:
    assert node.about
    assert [flag.names for flag in node.flags if not flag.about] == []


@pytest.mark.parametrize("node", command_tree().children, ids=lambda node: node.name)
def test_every_command_has_three_examples(node: Node) -> None:
    lines = [line.strip() for line in node.epilog.splitlines() if line.startswith("  ")]
    assert len(lines) >= 3
    assert [line for line in lines if "llmchat" not in line] == []


def test_the_manual_is_clean_troff() -> None:
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    page = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(ROOT / "man" / "llmchat.1")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
    )
    assert page.stderr == ""
    assert "--first-token-timeout SECONDS" in page.stdout
