"""Values no one types on purpose: each has its exit code, and none a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LONG, DIGITS = "x" * 300, "9" * 400
PROGRAM = str(Path(sys.executable).with_name("llmchat"))


def run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "LLMCHAT_HOME": str(home), **variables}
    return subprocess.run(
        [PROGRAM, *words], env=environ, capture_output=True, stdin=subprocess.DEVNULL, timeout=60
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "-p", "demo", "-f", LONG, "hi"), 2),
        (("ask", "-p", "demo", "-a", LONG, "hi"), 2),
        (("ask", "-p", "demo", "-O", f"/tmp/{LONG}", "hi"), 3),
        (("ask", "-p", "demo", "-t", LONG, "hi"), 2),
        (("ask", "-p", "demo", "--timeout", DIGITS, "hi"), 2),
        (("history", "list", "-n", DIGITS), 0),
        (("history", "search", f"after:{DIGITS}d"), 2),
        (("history", "search", "model:a " * 1500), 2),
        (("history", "import", LONG), 2),
    ],
)
def test_long_names_and_numbers(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    done = run(tmp_path, *words)
    assert b"internal error" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode == code, done.stderr[-300:]


@pytest.mark.parametrize(
    "text", [f"timeout = {DIGITS}", "timeout = " + "9" * 5000, "x = " + "[" * 50_000]
)
def test_settings_of_odd_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    assert run(tmp_path, "ask", "-p", "demo", "hi").returncode == 3


def test_a_key_that_is_not_text(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        *("ask", "-p", "openai", "hi"),
        LLMCHAT_OPENAI_API_KEY="sk-\udcff\udcfe" + "a" * 20,
        LLMCHAT_OPENAI_BASE_URL="http://127.0.0.1:9",
    )
    assert done.returncode == 3, done.stderr
    assert b"cannot be sent" in done.stderr
    assert b"aaaaaaaaa" not in done.stderr
