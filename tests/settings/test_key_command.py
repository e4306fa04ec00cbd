"""The command that prints a key."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from llmchat.errors import ConfigError
from llmchat.settings.key_command import run_key_command
from tests.tools.processes import alive, until


def run(code: str, *, timeout: float = 20) -> str:
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    return run_key_command(command, environ=os.environ, timeout=timeout).reveal()


def test_the_first_line_is_the_key() -> None:
    assert run("print('  sk-1  \\nuser: anna')") == "sk-1"


def test_a_byte_order_mark_is_no_part_of_the_key() -> None:
    assert run("import sys; sys.stdout.buffer.write(b'\\xef\\xbb\\xbfsk-1\\r\\n')") == "sk-1"


def test_it_sees_the_environment_and_no_input() -> None:
    code = "import os, sys; print(os.environ['WHO'] + sys.stdin.read())"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    assert run_key_command(command, environ={"WHO": "me"}).reveal() == "me"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("print('s3cret'); raise SystemExit(3)", "exited with status 3"),
        ("", "printed no key"),
        ("print('s3cret\\x07')", "did not print a valid key"),
        ("print('s3cret' * 9000)", "did not print a valid key"),
    ],
)
def test_a_failure_is_told_without_the_output(code: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        run(code)
    assert "s3cret" not in str(caught.value)


def test_it_is_stopped_after_a_while() -> None:
    with pytest.raises(ConfigError, match=r"did not finish within 0.2 s"):
        run("import time; time.sleep(30)", timeout=0.2)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("no-such-program-here show", "no-such-program-here failed to start: No such file"),
        ("pass 'show", "pass has an unclosed quote"),
        ("   ", "is empty"),
    ],
)
def test_a_command_that_cannot_start_is_named(command: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        run_key_command(command, environ={})


def test_there_is_no_shell() -> None:
    command = f"{shlex.quote(sys.executable)} -c 'import sys; print(sys.argv[1])' '$HOME;ls'"
    assert run_key_command(command, environ=os.environ).reveal() == "$HOME;ls"


def test_it_is_stopped_when_it_prints_without_end() -> None:
    with pytest.raises(ConfigError, match="did not print a valid key"):
        run("while True: print('s3cret' * 1000)")


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    """A child that ignores the end of its parent would write on. It is stopped for what it prints:
    a time-out would have to be longer than two starts take on a busy machine."""
    place = str(tmp_path / "pid")
    note = f"import os; open({place + '.new'!r}, 'w').write(str(os.getpid()))"
    inner = f"{note}; os.rename({place + '.new'!r}, {place!r}); import time; time.sleep(60)"
    code = (
        f"import os, subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {inner!r}])\n"
        f"while not os.path.exists({place!r}): time.sleep(0.01)\n"
        "while True: print('s3cret' * 1000)"
    )
    with pytest.raises(ConfigError, match="did not print a valid key"):
        run(code, timeout=60)
    child = int((tmp_path / "pid").read_text())
    until(lambda: not alive(child), "its end")
