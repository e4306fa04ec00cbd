"""completions/llmchat.fish in a real fish."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Words = Callable[[str], list[str]]
Starts = Callable[[], list[str]]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mod", ["models"]),
        ("ask --prov", ["--provider"]),
        ("ask word -o temperature 0.2 --fall", ["--fallback"]),
        ("ask --color ", ["always", "auto", "never"]),
        ("ask --color=al", ["--color=always"]),
        ("--color al", ["always"]),
        ("history sh", ["show"]),
        ("history export -f h", ["html"]),
        ("completion ", ["bash", "fish", "powershell", "zsh"]),
        ("ask -- --mod", []),
    ],
)
def test_what_never_changes_completes_without_starting_llmchat(
    fish: Words, starts: Starts, typed: str, offered: list[str]
) -> None:
    assert (sorted(fish(typed)), starts()) == (offered, [])


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ask -p gig", ["gigachat"]),
        ("ask -p bo", ["box"]),
        ("models gig", ["gigachat"]),
        ("auth gigac", ["gigachat"]),
        ("auth login gigac", ["gigachat"]),
        ("ask --cid ", ["last", "abc123", "xyz789"]),
        ("ask -t hai", ["haiku"]),
        ("history delete last xy", ["xyz789"]),
        ("config get prox", ["proxy"]),
        ("config get providers.box.base", ["providers.box.base_url"]),
        ("ask -p ollama -m llama3.2:", ["llama3.2:latest", "llama3.2:1b"]),
        ("ask -m ollama/qw", ["ollama/qwen/qwen3:8b"]),
        ("ask -f llmchat/conf", ["llmchat/config.toml"]),
    ],
)
def test_what_changes_is_asked_of_llmchat(fish: Words, typed: str, offered: list[str]) -> None:
    assert fish(typed) == offered


def test_a_tab_at_a_terminal_completes_the_word(fish_at_a_terminal: Words) -> None:
    typed = "ask -p ollama -m llama3.2:l\t"
    assert fish_at_a_terminal(typed) == ["ask", "-p", "ollama", "-m", "llama3.2:latest"]
