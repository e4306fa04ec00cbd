"""Which language a person is spoken to in."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmchat.language.choice import language_of
from tests.shell import Shell

UTF8 = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "ru_RU"}, "zh_CN"),
        ({"LC_ALL": "C", "LC_MESSAGES": "ru_RU", "LANG": "ru_RU"}, "en"),
        ({"LC_ALL": "", "LANG": "ru"}, "ru"),
        ({"LLMCHAT_LANG": "en", "LC_ALL": "ru_RU.UTF-8"}, "en"),
        ({"LLMCHAT_LANG": "zh-Hans", "LC_ALL": "C"}, "zh_CN"),
        ({"LLMCHAT_LANG": "klingon", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LLMCHAT_LANG": "auto", "LANG": "ru_RU.UTF-8"}, "ru"),
    ],
)
def test_variables(variables: dict[str, str], language: str) -> None:
    assert language_of(variables, UTF8) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('language = "ru"\n', "ru"),
        ('# mine\nmodel = "x"\n  language="zh"  # Chinese\n[options]\n', "zh_CN"),
        ('[options]\nlanguage = "ru"\n', "en"),
        ('# language = "ru"\n', "en"),
        ("language = 'auto'\n", "en"),
        ("this is = = broken\n", "en"),
    ],
)
def test_the_setting(text: str, language: str) -> None:
    assert language_of({}, UTF8, lambda: text) == language


def test_the_setting_is_between_our_variable_and_the_systems() -> None:
    def settings() -> str:
        return 'language = "ru"\n'

    assert language_of({"LC_ALL": "zh_CN.UTF-8"}, UTF8, settings) == "ru"
    assert language_of({"LLMCHAT_LANG": "zh"}, UTF8, settings) == "zh_CN"


def test_what_a_stream_cannot_write_is_not_spoken() -> None:
    environ = {"LANG": "ru_RU"}
    koi8 = io.TextIOWrapper(io.BytesIO(), encoding="koi8-r")
    assert language_of(environ, koi8) == "ru"
    assert language_of({**environ, "LANG": "zh_CN"}, koi8) == "en"
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert language_of(environ, ascii_only) == "en"


def test_it_is_a_setting_like_others(llmchat: Shell) -> None:
    assert llmchat("config", "set", "language", "ru").code == 0
    assert llmchat("config", "get", "language").out == "ru\n"
    assert "неизвестн" in llmchat("ask", "-p", "nope", "hi").err.lower()
    assert llmchat("ask", "-p", "nope", "hi", LLMCHAT_LANG="en").err.startswith(
        "llmchat: unknown provider"
    )


def test_the_settings_are_looked_through_in_one_pass() -> None:
    text = "\n" * 300_000 + " " * 300_000 + "\n" + "x = 1\n" * 50_000 + 'language = "ru"\n'
    assert language_of({}, UTF8, lambda: text) == "ru"


@pytest.mark.parametrize("argv", [["models"], ["ask", "-p", "demo", "hi"], ["config", "list"]])
def test_a_pipe_in_the_place_of_the_settings_hangs_nobody(tmp_path: Path, argv: list[str]) -> None:
    os.mkfifo(tmp_path / "config.toml")
    done = subprocess.run(
        [sys.executable, "-m", "llmchat", *argv],
        env={"LLMCHAT_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, "config.toml" in done.stderr) == (3, True)
