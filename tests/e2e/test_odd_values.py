"""Values no one types on purpose: each has its exit code, and none a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LONG, DIGITS = "x" * 300, "9" * 400
PRICE = f'[prices]\n"demo/demo" = {{currency = "USD", prompt = {DIGITS}, completion = 1}}'
BUDGET = f"budget = '{DIGITS} USD/day'"
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
        (("history", "search", f"after:2020-01-{DIGITS}"), 2),
        (("history", "search", "after:2020-01-" + "9" * 5000), 2),
        (("tools", "import", "~nobody-of-that-name/x.json"), 2),
        (("ask", "-p", "demo", "-o", "x", '{"a":' * 400 + "1" + "}" * 400, "hi"), 2),
    ],
)
def test_long_names_and_numbers(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    done = run(tmp_path, *words)
    assert b"internal error" not in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode == code, done.stderr[-300:]


@pytest.mark.parametrize(
    "text", [f"timeout = {DIGITS}", "timeout = " + "9" * 5000, "x = " + "[" * 50_000, PRICE, BUDGET]
)
def test_settings_of_odd_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    assert run(tmp_path, "ask", "-p", "demo", "hi").returncode == 3


def test_a_batch_into_a_name_that_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hi")
    done = run(tmp_path, "batch", str(tmp_path / "x.txt"), "-p", "demo", "--out", LONG)
    assert (done.returncode, b"too long" in done.stderr) == (2, True), done.stderr


def test_options_that_are_too_deep(tmp_path: Path) -> None:
    deep = '{"a":' * 400 + "1" + "}" * 400
    done = run(tmp_path, "ask", "-p", "demo", "hi", LLMCHAT_OPTIONS=deep)
    assert (done.returncode, b"nested" in done.stderr) == (3, True), done.stderr


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


ODD_ADDRESSES = [
    "https://me:canary y@host.invalid",
    "//me:canary@host.invalid",
    "https:/me:canary@host.invalid",
    "me:canary@host.invalid",
    "https://me:canary@host..invalid",
    f"https://me:canary@{'a' * 300}.invalid",
    "https://me:canary@ho\u202est.invalid",
    "https://host.invalid/v1?api_key=canary",
    "https://me:canary@[::1",
    "https://me:canary@host.invalid:99999",
]


@pytest.mark.parametrize("url", ODD_ADDRESSES)
def test_an_odd_address_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.toml").write_text(f"[providers.openai]\nbase_url = {json.dumps(url)}\n")
    for words in (("doctor", "openai"), ("config", "list"), ("config", "validate")):
        done = run(tmp_path, *words, LLMCHAT_RETRIES="0", LLMCHAT_CONNECT_TIMEOUT="2")
        assert done.returncode in (0, 3, 5), (words, done.stdout + done.stderr)
        assert b"canary" not in done.stdout + done.stderr, words
