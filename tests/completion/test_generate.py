"""Generated files agree with the command line."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dev.completion.generate import generate
from dev.completion.tree import Node, command_tree
from llmchat.cli.argv import normalize_argv
from llmchat.cli.main import load_command
from llmchat.completion.scripts import FILES, script

ROOT = Path(__file__).parents[2]
MADE = generate()
NODES = list(command_tree().walk())[1:]


@pytest.mark.parametrize("name", MADE)
def test_a_made_file_is_the_newest(name: str) -> None:
    """If this fails: python -m dev.completion"""
    assert (ROOT / name).read_text("utf-8") == MADE[name]


@pytest.mark.parametrize("shell", FILES)
def test_the_command_prints_what_the_folder_holds(shell: str) -> None:
    assert script(shell) == (ROOT / "completions" / FILES[shell]).read_text("utf-8")


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_every_command_says_what_it_does(node: Node) -> None:
    assert node.about
    assert [flag.names for flag in node.flags if not flag.about] == []


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_every_command_has_three_examples(node: Node) -> None:
    lines = examples(node)
    assert len(lines) >= 3
    assert [line for line in lines if "llmchat" not in line] == []


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.name)
def test_every_example_is_understood_by_its_command(node: Node) -> None:
    """Each is parsed as on the command line; nothing is run."""
    for line in examples(node):
        for argv in commands_in(line):
            context = load_command(argv[0]).make_context(argv[0], normalize_argv(argv[1:]))
            while hasattr(context.command, "commands"):
                name, child, rest = context.command.resolve_command(
                    context, [*context._protected_args, *context.args]
                )
                context = child.make_context(name, rest, parent=context)


def examples(node: Node) -> list[str]:
    return [line.strip() for line in node.epilog.splitlines() if line.startswith("  ")]


def commands_in(line: str) -> list[list[str]]:
    """The words after each `llmchat` in a line of shell, up to the end of that command."""
    bare = line.partition("   ")[0]  # a remark may follow
    bare = bare.replace("$(", " ").replace(")", " ; ")
    lexer = shlex.shlex(bare, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = []
    inside = False
    for word in lexer:
        if word == "llmchat":
            found.append([])
            inside = True
        elif set(word) <= set("|;&<>()"):
            inside = False
        elif inside:
            found[-1].append(word)
    return found


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
