"""completions/llmchat.bash and completions/_llmchat, each in a real shell under a pty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Words = Callable[[str], list[str]]
ALL = "<all>"  # a key that inserts everything that is offered
KEYS = {"bash": "\x1b*", "zsh": "\x18a"}


@dataclass(frozen=True)
class Line:
    """What is typed after `llmchat `, and the words it becomes."""

    words: Words
    all_key: str

    def __call__(self, typed: str) -> list[str]:
        return self.words(typed.replace(ALL, self.all_key))


@pytest.fixture(params=["bash", "zsh"])
def line(request: pytest.FixtureRequest) -> Line:
    return Line(request.getfixturevalue(request.param), KEYS[request.param])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("mod\t", ["models"]),
        ("ask --prov\t", ["ask", "--provider"]),
        ("ask w -o top 0.2 --fall\t", ["ask", "w", "-o", "top", "0.2", "--fallback"]),
        ("ask --color <all>", ["ask", "--color", "always", "auto", "never"]),
        ("ask --color=al\t", ["ask", "--color=always"]),
        ("--color al\t", ["--color", "always"]),
        ("completion <all>", ["completion", "bash", "fish", "powershell", "zsh"]),
        ("auth stat\t", ["auth", "status"]),
        ("history sh\t", ["history", "show"]),
        ("history export -f h\t", ["history", "export", "-f", "html"]),
        ("ask -x --us\t", ["ask", "-x", "--usage"]),
        ("ask -- --mod\t", ["ask", "--", "--mod"]),
    ],
)
def test_what_never_changes_completes_without_starting_llmchat(
    line: Line, starts: Callable[[], list[str]], typed: str, words: list[str]
) -> None:
    assert (line(typed), [s for s in starts() if "service" not in s]) == (words, [])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ask -p gig\t", ["ask", "-p", "gigachat"]),
        ("ask -p bo\t", ["ask", "-p", "box"]),
        ("models gig\t", ["models", "gigachat"]),
        ("auth gigac\t", ["auth", "gigachat"]),
        ("ask --cid ab\t", ["ask", "--cid", "abc123"]),
        ("ask -t hai\t", ["ask", "-t", "haiku"]),
        ("history show ab\t", ["history", "show", "abc123"]),
        ("history delete last xy\t", ["history", "delete", "last", "xyz789"]),
        ("config get prox\t", ["config", "get", "proxy"]),
        ("config get providers.box.base\t", ["config", "get", "providers.box.base_url"]),
    ],
)
def test_what_changes_is_asked_of_llmchat(line: Line, typed: str, words: list[str]) -> None:
    assert line(typed) == words


def test_the_kept_conversations_are_offered(line: Line) -> None:
    """The shells sort them differently."""
    assert sorted(line("ask --cid <all>")[2:]) == ["abc123", "last", "xyz789"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ask -p ollama -m llama3.2:l\t", ["ask", "-p", "ollama", "-m", "llama3.2:latest"]),
        ("ask -p ollama -m llama3.2:\t1\t", ["ask", "-p", "ollama", "-m", "llama3.2:1b"]),
        ("ask -m ollama/qw\t", ["ask", "-m", "ollama/qwen/qwen3:8b"]),
        ("ask -m ollama/qwen/qwen3:\t", ["ask", "-m", "ollama/qwen/qwen3:8b"]),
        ("ask --model=ollama/qw\t", ["ask", "--model=ollama/qwen/qwen3:8b"]),
        ('ask -m "ollama/qw\t', ["ask", "-m", "ollama/qwen/qwen3:8b"]),
    ],
)
def test_colons_and_slashes_in_a_model_are_part_of_it(
    line: Line, typed: str, words: list[str]
) -> None:
    assert line(typed) == words


def test_a_file_is_offered_where_a_file_belongs(line: Line) -> None:
    assert line("ask -f llmchat/conf\t") == ["ask", "-f", "llmchat/config.toml"]


def test_the_first_tab_of_a_session_of_zsh_completes(zsh: Words) -> None:
    """zsh autoloads the file as a function, whose first run must already complete."""
    assert zsh("ask --prov\t") == ["ask", "--provider"]


def test_in_zsh_it_may_be_sourced_as_well(zsh_sourced: Words) -> None:
    assert zsh_sourced("ask -p ollama -m llama3.2:l\t")[-1] == "llama3.2:latest"
