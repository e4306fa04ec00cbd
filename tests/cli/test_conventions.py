"""Command lines of people who know llm, aichat, sgpt, gh, tgpt, mods or ollama: each does what
they expect, or says what to type instead."""

from __future__ import annotations

import pytest

from tests.shell import Result, Shell

# What is typed, and what stands in the hint; the exit code is 2 and stdout is empty.
TOLD = [
    ("keys", "llmchat auth status"),
    ("keys set openai", "llmchat auth openai"),
    ("keys set", "llmchat auth PROVIDER"),
    ("logs", "llmchat history list"),
    ("logs list -n 3", "llmchat history list"),
    ("logs path", "llmchat config path --all"),
    ("login", "llmchat auth gigachat"),
    ("login deepseek", "llmchat auth deepseek"),
    ("logout", "llmchat auth logout PROVIDER"),
    ("auth remove openai", "llmchat auth logout openai"),
    ("prompt hello", "llmchat ask hello"),
    ("run demo hi", 'llmchat ask -p demo "your question"'),
    ("run llama3.2", "llmchat chat -m llama3.2"),
    ("list", "llmchat models"),
    ("--list-models", "llmchat models"),
    ("--shell", "llmchat cmd"),
    ("--code", "-x prints only the code"),
    ("--repl", "llmchat chat"),
    ("--chat x", "--cid ID"),
    ("--no-cache hi", "leave it out"),
    ("-r role hi", "use -s TEXT"),
    ("conversations", "llmchat history list"),
    ("sessions", "llmchat history list"),
    ("config show", "llmchat config list"),
    ("completions zsh", "llmchat completion zsh"),
    ("install keyring", "git pull && pipx install --force ."),
    ("upgrade", "git pull && pipx install --force ."),
    ("histroy", "did you mean `llmchat history`?"),
    ("chat --model", "llmchat chat --help"),
    ("ask --system-prompt x hi", "use -s TEXT"),
    ("ask --temperature 0.2 hi", "use -o temperature 0.2"),
    ("--temperature=0.3 hi", "use -o temperature 0.3"),
    ("ask --max-tokens 5 hi", "use -o max_tokens 5"),
    ("hi", "llmchat ask hi"),
    ("hi there", "llmchat ask hi there"),
    ("provider", "llmchat models"),
    ("set-default gigachat", "llmchat config set provider gigachat"),
    ("template list", "llmchat templates list"),
    ("pull llama3.2", "ollama pull llama3.2"),
    ("history rm k3f", "llmchat history delete k3f"),
    ("-p demo history list", "llmchat history -p demo"),
    ("help nonsense", "llmchat --help lists them"),
    ("--verion", "did you mean `llmchat --version`?"),
]

# What is typed, and what stands on stdout; the exit code is 0.
DONE = [
    ("-p demo hi", "You asked"),
    ("--provider=demo hi", "You asked"),
    ("-m demo/demo hi there", "hi there"),
    ("--model demo/demo hi", "You asked"),
    ("-n -p demo hi", "You asked"),
    ("--no-stream -p demo hi", "You asked"),
    ("--color never -p demo hi", "You asked"),
    ("-o tokens 9 -p demo hi", "You asked"),
    ("--json -p demo hi", '"provider":"demo"'),
    ("-x -p demo hi", "def greet"),
    ("-h", "Usage: llmchat COMMAND"),
    ("help", "Usage: llmchat COMMAND"),
    ("version", "llmchat "),
    ("-v", "llmchat "),
    ("-V", "llmchat "),
    ("models list", "gigachat"),
    ("config", "provider"),
    ("templates", "review"),
    ("config --json", '"key": "provider"'),
    ("templates --json", '"name": "review"'),
]


@pytest.fixture
def asked(llmchat: Shell) -> Shell:
    """A home with one conversation of the demo."""
    assert llmchat("ask", "-p", "demo", "first").code == 0
    return llmchat


@pytest.mark.parametrize(("line", "hint"), TOLD)
def test_a_line_of_another_program_is_told_what_to_type(
    llmchat: Shell, line: str, hint: str
) -> None:
    result = llmchat(*line.split())
    assert (result.code, result.out) == (2, "")
    assert hint in result.err
    assert len(result.err.splitlines()) == 2


@pytest.mark.parametrize(("line", "out"), DONE)
def test_a_line_that_can_only_mean_one_thing_does_it(llmchat: Shell, line: str, out: str) -> None:
    result = llmchat(*line.split())
    assert (result.code, result.err) == (0, "")
    assert out in result.out


@pytest.mark.parametrize("flags", [(), ("-n", "1"), ("--json",)])
def test_flags_of_the_list_need_no_list(asked: Shell, flags: tuple[str, ...]) -> None:
    assert asked("history", *flags) == asked("history", "list", *flags)


@pytest.mark.parametrize(
    "argv", [("-c", "more"), ("--continue", "more"), ("--cid", "last", "more")]
)
def test_a_flag_alone_continues_the_conversation(asked: Shell, argv: tuple[str, ...]) -> None:
    assert "You asked" in asked(*argv).out
    assert "more" in asked("history", "show").out


def test_an_id_that_a_script_left_empty_is_not_a_new_conversation(asked: Shell) -> None:
    done = asked("ask", "-p", "demo", "--cid", "", "more")
    assert (done.code, done.out) == (2, "")
    assert "no conversation named" in done.err


@pytest.mark.parametrize("line", ["help history", "history -h"])
def test_help_is_where_it_is_asked_for(llmchat: Shell, line: str) -> None:
    result = llmchat.process(*line.split())
    assert (result.code, result.err) == (0, "")
    assert "Usage: llmchat history" in result.out


def test_the_list_of_conversations_needs_no_word(asked: Shell) -> None:
    assert "first" in asked("history").out
    assert asked("history") == asked("history", "list")


def test_n_is_the_number_of_conversations(asked: Shell) -> None:
    asked("ask", "-p", "demo", "second")
    listed = asked("history", "list", "-n", "1").out
    assert "second" in listed
    assert "first" not in listed


def test_a_short_number_is_a_block_of_the_last_answer(asked: Shell) -> None:
    assert asked("code", "1") == asked("code", "last", "1")
    assert "block" in asked("code", "999").err


def test_piped_text_is_a_question(llmchat: Shell) -> None:
    result = llmchat(stdin="why is the sky blue", LLMCHAT_PROVIDER="demo")
    assert result.code == 0
    assert "why is the sky blue" in result.out


def test_a_person_who_types_the_name_alone_comes_into_the_session(llmchat: Shell) -> None:
    """There is a keyboard that no program can read."""
    result = llmchat(keyboard=True, screen=True, LLMCHAT_PROVIDER="demo")
    assert "no prompt" not in result.err
    assert "Usage" not in result.out + result.err


@pytest.mark.parametrize("keyboard", [True, False])
def test_nothing_to_ask_and_nobody_to_talk_to_is_an_error(
    llmchat: Shell, *, keyboard: bool
) -> None:
    result: Result = llmchat(keyboard=keyboard)
    assert (result.code, result.out) == (2, "")
    assert 'llmchat ask "your question"' in result.err
