"""Programs see the same bytes in every language, and people their own."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from llmchat.world import Clock
from tests.shell import Shell

NOON = 1_790_000_000.0
READING = """
ask -p demo hi
ask -p demo --json -o tokens 20 hi
ask -p demo --jsonl -o tokens 20 hi
ask -p demo --raw -o tokens 20 hi
ask -p demo --schema 'name, age int' hi
ask -p demo -u -o tokens 20 hi
ask -p demo -x hi
ask -p demo --dry-run hi
ask -p nope hi
ask -p nope --json hi
ask --nope
ask --timeout abc hi
ask -f /nowhere hi
history list
history list --json
history show last
history show last --json
history search hello
history search zzzz
history stats
history stats --json
history stats --by model
history export last
history show nope
code last --list
code 9
models
models --json
models demo
models gigachat
models nope
auth status
auth status --json
auth gigachat
auth logout nope
config list
config list --json
config get theme
config get nope
config path
config set retries abc
config validate
templates list
templates list --json
templates show commit
templates show nope
tools list
tools show nope
plugins list
plugins check nope
files gigachat list
doctor demo
doctor demo --json
doctor nope
completion bash
completion nope
batch nowhere.txt
chat
nope
"""
WRITING = """
history rename last Another title
history tag last work
history delete last
history restore last
history purge --all --yes
config set theme dark
config set theme nope
config unset theme
config unset theme
config set providers.openai.api_key sk-x
tools add good -- ls
tools remove good
tools remove good
tools import nowhere.json
history import nowhere.json
auth openai --key-file nowhere
plugins enable nope
templates remove nope
"""
COMMANDS = [line for line in READING.splitlines() if line]
CHANGES = [line for line in WRITING.splitlines() if line]
TYPED = re.compile(r"(?m)^(?:llmchat: )?\s*(?:llmchat [^⟦⟧]*|-\S+ \S+)$")  # commands to type


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    environ = {"LLMCHAT_HOME": str(tmp_path), "PAGER": "cat", "TERM": "xterm", "PATH": "/bin"}
    shell = Shell(tmp_path, environ, Clock(now=lambda: NOON, ticks=lambda: 1.0))
    assert shell("ask", "-p", "demo", "-o", "tokens", "30", "hello there").code == 0
    return shell


def words(line: str) -> list[str]:
    return [part.replace("'", "") for part in re.findall(r"'[^']*'|\S+", line)]


@pytest.mark.parametrize("language", ["ru_RU.UTF-8", "zh_CN.UTF-8"])
def test_stdout_and_exit_codes_are_the_same_in_every_language(shell: Shell, language: str) -> None:
    different = []
    for line in COMMANDS:
        given = ["-n"] if line.startswith("ask -p demo") else []
        english = shell(*words(line), *given, LC_ALL="C")
        other = shell(*words(line), *given, LANG=language)
        if masked(english.out) != masked(other.out) or english.code != other.code:
            different.append((line, english.out[:300], other.out[:300]))
    assert different == []


def masked(text: str) -> str:
    """The output without what differs in every run."""
    return "\n".join(row for row in text.splitlines() if "_ms" not in row)


def test_nothing_bare_reaches_stderr_and_nothing_marked_the_rest(shell: Shell) -> None:
    bare, marked = [], []
    for line in [*COMMANDS, *CHANGES]:
        done = shell(*words(line), LLMCHAT_LANG="pseudo")
        if rest := unmarked(done.err):
            bare.append((line, rest))
        if "⟦" in done.out:
            marked.append((line, done.out))
    assert bare == []
    assert marked == []
    assert not kept(shell.home / "history.db")


def test_a_terminal_is_spoken_to_in_the_persons_language(shell: Shell) -> None:
    for line in ("history list", "models", "doctor demo", "templates list", "history stats"):
        assert "⟦" in shell(*words(line), screen=True, LLMCHAT_LANG="pseudo").out, line
        english = shell(*words(line), screen=True).out
        assert shell(*words(line), screen=True, LLMCHAT_LANG="ru").out != english, line


def unmarked(text: str) -> str:
    """Text outside the marks that is neither our name nor a command to type."""
    before = ""
    while text != before:
        before, text = text, re.sub("⟦[^⟦⟧]*⟧", "", text)
    text = TYPED.sub("", text).replace("llmchat: ", "")
    return text.strip() if re.search("[A-Za-z]{2}", text) else ""


def kept(path: Path) -> list[str]:
    """Marked texts in the history."""
    connection = sqlite3.connect(path)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    dump = "\n".join(connection.iterdump()) if tables else ""
    connection.close()
    return re.findall("[^\n]*⟦[^\n]*", dump)
