"""The shell for which a command is written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from llmchat.app.cmd.target_shell import name_of, target_shell


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/bin/zsh", "zsh"),
        ("-bash", "bash"),
        ("/usr/bin/fish (deleted)", "fish"),
        (r"C:\Windows\System32\cmd.exe", "cmd"),
        ("", ""),
    ],
)
def test_the_name_of_a_shell(path: str, name: str) -> None:
    assert name_of(path) == name


def test_the_shell_that_called_us_wins_over_the_one_of_the_login() -> None:
    with subprocess.Popen(["bash", "-c", "read line"], stdin=subprocess.PIPE) as caller:
        found = target_shell({"SHELL": "/usr/bin/fish"}, parent=caller.pid)
        assert (found.dialect.name, Path(found.shell).name) == ("bash", "bash")
        assert caller.stdin
        caller.stdin.close()


@pytest.mark.parametrize(
    ("own", "shell", "name"),
    [("/usr/bin/fish", "/usr/bin/fish", "fish"), ("", "/bin/sh", "sh"), ("./sh", "/bin/sh", "sh")],
)
def test_a_caller_that_is_no_shell_leaves_it_to_the_login(own: str, shell: str, name: str) -> None:
    found = target_shell({"SHELL": own}, parent=os.getpid())  # Python
    assert (found.shell, found.dialect.name) == (shell, name)
