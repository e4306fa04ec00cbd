"""A person's shell: a folder of settings, a history, and a record of every start of llmchat."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from llmchat.store.database.schema import upgrade

SCRIPTS = Path(__file__).parents[2] / "completions"
Words = Callable[[str], list[str]]
SECONDS = 60  # a shell that says nothing for so long hangs, also on a busy machine


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; `starts` has a line for each time a shell started llmchat."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("LLMCHAT_", "XDG_"))}
        return kept | {
            "HOME": str(self.folder),
            "LLMCHAT_HOME": str(self.folder / "llmchat"),
            "PATH": f"{self.folder / 'bin'}:{os.environ.get('PATH', os.defpath)}",
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }

    @property
    def starts(self) -> list[str]:
        place = self.folder / "starts"
        return place.read_text("utf-8").splitlines() if place.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    files = tmp_path / "llmchat"
    (files / "models").mkdir(parents=True)
    (files / "templates").mkdir()
    (files / "templates" / "haiku.md").write_text("{{ input }}", "utf-8")
    (files / "config.toml").write_text('[providers.box]\nbase_url = "http://[::1]/v1"\n', "utf-8")
    names = ("llama3.2:latest", "llama3.2:1b", "qwen/qwen3:8b")
    rows = [{"id": name, "context": None, "note": ""} for name in names]
    kept = json.dumps({"fetched": 1.0, "models": rows}, ensure_ascii=False)
    (files / "models" / "ollama.json").write_text(kept, "utf-8")
    _history(files / "history.db")
    _command(tmp_path)
    return home


def _history(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    upgrade(connection, str(path))
    for age, (name, title) in enumerate((("abc123", "About bees"), ("xyz789", "О пчёлах\x1b[2J"))):
        connection.execute(
            "INSERT INTO conversation (id, title, created, updated) VALUES (?, ?, ?, ?)",
            (name, title, 1.0, 10.0 - age),
        )
    connection.close()


def _command(folder: Path) -> None:
    place = folder / "bin" / "llmchat"
    place.parent.mkdir()
    starts = shlex.quote(str(folder / "starts"))
    python = shlex.quote(sys.executable)
    place.write_text(f'#!/bin/sh\necho "$@" >> {starts}\nexec {python} -m llmchat "$@"\n', "utf-8")
    place.chmod(0o755)


class Shell:
    """A shell under a pty, which prints what a line has become."""

    def __init__(self, command: list[str], home: Home, setup: str) -> None:
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            env=home.environ,
            cwd=str(home.folder),
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(50, 500),
        )
        self.process.delaybeforesend = None
        self._count = 0
        self.process.sendline(f"{setup}; echo rea''dy")
        self.process.expect("ready\r?\n")

    def words(self, typed: str) -> list[str]:
        """Types `llmchat ` and the rest with its keys, and has the shell print the resulting
        words."""
        self._count += 1
        self.process.send(f"llmchat {typed}")
        self.process.send(f"\x01printf '%s|' '<''{self._count}:' \x05; echo\r")  # around the line
        self.process.expect_exact(f"<{self._count}:|llmchat|")
        self.process.expect(r"([^\r\n]*\|)\r?\n")  # whole: a shell may write it in pieces
        return str(self.process.match.group(1)).split("|")[:-1]

    def close(self) -> None:
        self.process.close(force=True)


def found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def starts(home: Home) -> Callable[[], list[str]]:
    """What llmchat was started with so far."""
    return lambda: home.starts


@pytest.fixture
def bash(home: Home) -> Iterator[Words]:
    """Meta-* inserts everything that is offered."""
    script = shlex.quote(str(SCRIPTS / "llmchat.bash"))
    shell = Shell([found("bash"), "--norc", "--noprofile", "-i"], home, f"source {script}")
    yield shell.words
    shell.close()


@pytest.fixture
def zsh(home: Home) -> Iterator[Words]:
    """Autoloaded from $fpath, as a person installs it; Ctrl-X a inserts everything offered."""
    folder = home.folder / "zfunc"
    folder.mkdir()
    shutil.copy(SCRIPTS / "_llmchat", folder / "_llmchat")
    (home.folder / ".zshrc").write_text(
        f"fpath=({folder} $fpath)\nautoload -Uz compinit\ncompinit -u\nunsetopt beep prompt_sp\n"
        "zle -C all-matches complete-word _generic\nbindkey -e\nbindkey '^Xa' all-matches\n"
        "zstyle ':completion:all-matches::::' completer _all_matches _complete\n"
        "zstyle ':completion:all-matches:*' insert true\nPS1='$ '\n",
        "utf-8",
    )
    shell = Shell([found("zsh"), "-d", "-i"], home, "true")
    yield shell.words
    shell.close()


@pytest.fixture
def zsh_sourced(home: Home) -> Iterator[Words]:
    """`source <(llmchat completion zsh)` behind compinit, as a person may have it."""
    (home.folder / ".zshrc").write_text(
        "autoload -Uz compinit\ncompinit -u\nPS1='$ '\nbindkey -e\n"
    )
    shell = Shell([found("zsh"), "-d", "-i"], home, "source <(llmchat completion zsh)")
    yield shell.words
    shell.close()


@pytest.fixture
def fish(home: Home) -> Words:
    """What fish itself offers for a line, through `complete -C`, without descriptions."""
    command = found("fish")
    folder = home.folder / ".config" / "fish" / "completions"
    folder.mkdir(parents=True)
    shutil.copy(SCRIPTS / "llmchat.fish", folder / "llmchat.fish")

    def words(typed: str) -> list[str]:
        asked = subprocess.run(
            [command, "-c", 'complete -C "llmchat $ASKED"'],
            env=home.environ | {"ASKED": typed},
            cwd=home.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        assert asked.stderr == ""
        return [line.partition("\t")[0] for line in asked.stdout.splitlines()]

    return words


@pytest.fixture
def fish_at_a_terminal(home: Home, fish: Words) -> Iterator[Words]:
    shell = Shell([found("fish"), "-i"], home, "function fish_prompt; end")
    yield shell.words
    shell.close()
