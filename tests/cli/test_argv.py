"""What argv says before Typer reads it."""

from __future__ import annotations

import pytest

from llmchat.cli.argv import keys_among
from llmchat.values.secret import redact

KEY = "sk-proj-4fT9/xQ2+bLmZ7vKc1RdWn8sYhG5jP0uEoAiXq3B"


@pytest.mark.parametrize(
    "word",
    [
        "gpt-4o-mini-2024-07-18",
        "mistralai/Mistral-7B-Instruct-v0.3",
        "internationalisation",
        "/srv/notes20240101backup.md",
        "a question with sk-4fT9xQ2bLmZ7vKc1RdWn8s in it",
    ],
)
def test_names_prose_and_paths_on_a_command_line_are_no_keys(word: str) -> None:
    assert keys_among([word]) == []


@pytest.mark.parametrize("word", [KEY, f"--api-key={KEY}", "0123456789abcdef0123456789abcdef.x"])
def test_keys_on_a_command_line_are_found(word: str) -> None:
    [found] = keys_among([word])
    assert found.reveal() in word


@pytest.mark.parametrize(
    "word",
    [
        "http://me:tulip-vex@host/x",
        "--proxy=socks5://me:tulip-vex@host",
        "x://me:tulip-vex@",
        "http:/me:tulip-vex@host",
        "me:tulip-vex@host:3128",
        "http://me:tulip-vex＠host",
    ],
)
def test_the_password_of_an_address_is_repeated_by_no_message(word: str) -> None:
    assert "tulip" not in redact(f"{word}: No such file", keys_among([word]))


def test_an_address_in_prose_or_without_a_password_blackens_nothing() -> None:
    words = [
        "see https://host/@me and a:b",
        "https://me@host/x",
        "https://host/?mail=a@b.org",
        "git@host:a/b",
        "@scope/package@1.2",
    ]
    assert keys_among(words) == []
