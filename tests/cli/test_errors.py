"""What was mistyped is told with what was meant."""

from __future__ import annotations

import pytest

from tests.shell import Shell


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (("aks",), "there is no command 'aks'", "did you mean `llmchat ask`?"),
        (("histroy", "list"), "there is no command 'histroy'", "did you mean `llmchat history`?"),
        (("--verion",), "there is no option '--verion'", "did you mean `llmchat --version`?"),
        (("--color",), "--color needs a value", "llmchat ask --help"),
        (("ask", "--modle", "x", "hi"), "there is no option --modle", "did you mean --model?"),
        (("models", "--helth"), "there is no option --helth", "did you mean --health?"),
        (("auth", "login", "--key-stdn", "zai"), "there is no option", "did you mean --key-stdin?"),
        (("ask", "-p", "gigchat", "hi"), "gigchat", "gigachat"),
        (
            ("ask", "-p", "yqcloud", "-m", "gpt5", "hi"),
            "does not have a model 'gpt5'",
            "did you mean gpt-4?",
        ),
        (
            ("models", "gigchat"),
            "unknown provider gigchat (did you mean gigachat?)",
            "llmchat models",
        ),
        (("completion", "bsh"), "SHELL must be one of bash, zsh", "llmchat completion --help"),
        (("completion",), "missing SHELL", "choose from: bash, zsh, fish, powershell"),
        (("ask", "--timeout", "abc", "hi"), "--timeout must be a number, not 'abc'", "ask --help"),
        (("history", "-n", "0"), "-n must be a whole number from 1, not '0'", "list --help"),
        (
            ("serve", "--port", "99999"),
            "--port must be a whole number from 0 to 65535, not '99999'",
            "llmchat serve --help",
        ),
        (("history", "list", "-n"), "-n needs a value", "llmchat history --help"),
        (("ask", "--raw=3", "hi"), "--raw does not take a value", "llmchat ask --help"),
        (("history", "rename"), "missing ID", "llmchat history rename ID TITLE"),
        (("doctor", "a", "b"), "too many arguments", "llmchat doctor --help"),
        (("history", "nope"), "there is no command history nope", "llmchat history --help"),
        (("config", "lst"), "there is no command config lst", "did you mean llmchat config list?"),
        (("ask", "-o", "temperature", "-p", "demo", "Rewrite"), "-p is a flag", "-o temperature V"),
        (("ask", "-o", "temperature", "--model=x", "hi"), "--model is a flag", "-o temperature V"),
        (("ask", "-o", "stop", "-pdemo", "hi"), "-pdemo is a flag", "-o stop VALUE"),
        (("ask", "-o", "-p", "demo", "hi"), "-o needs a key", "-o temperature 0.2"),
        (
            ("ask", "-e", "loud", "hi"),
            "none, low, medium, high, max, not loud",
            "llmchat ask --help",
        ),
        (("ask", "- a list\n- of things"), "begins with a dash", 'llmchat ask -- "- a list'),
    ],
)
def test_a_mistake_is_answered_with_what_was_meant(
    llmchat: Shell, argv: tuple[str, ...], message: str, hint: str
) -> None:
    code, out, err = llmchat(*argv)
    assert (code, out) == (2, "")
    assert message in err
    assert hint in err


def test_a_dashed_question_passes_behind_two_dashes(llmchat: Shell) -> None:
    code, out, _ = llmchat("ask", "-p", "demo", "-n", "--", "- item")
    assert code == 0
    assert "- item" in out


def test_a_value_that_only_begins_with_a_dash_passes(llmchat: Shell) -> None:
    result = llmchat("ask", "-p", "demo", "-n", "-o", "seed", "-1", "hi")
    assert (result.code, result.err) == (0, "")


def test_an_effort_that_nobody_takes_is_told(llmchat: Shell) -> None:
    result = llmchat("ask", "-p", "demo", "-n", "-e", "high", "hi")
    told = "demo/demo does not support --effort; ignored: high\n"
    assert (result.code, result.err) == (0, told)


def test_words_that_resemble_nothing_name_the_list_of_commands(llmchat: Shell) -> None:
    assert "llmchat --help lists them" in llmchat("xyzzy").err


@pytest.mark.parametrize(
    "argv",
    [
        ("ask", "-p", "demo", "-n", "hi", "-a"),
        ("batch", "-p", "demo"),
        ("history", "import"),
    ],
)
def test_an_address_in_the_place_of_a_file_is_told_without_its_key(
    llmchat: Shell, argv: tuple[str, ...]
) -> None:
    result = llmchat(*argv, "https://host/page?token=s3cret")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "llmchat: https://host/page?token=*** is an address, not a file\n"
        "  download it first: curl -fLO ADDRESS\n"
    )
