"""The catalogues are complete, and what they say fits a terminal."""

from __future__ import annotations

import pytest

from dev.messages import catalogues
from dev.messages.extract import entries
from llmchat.cli.main import load_command
from llmchat.cli.table import COMMANDS
from llmchat.render.width import width
from tests.shell import Shell

LANGUAGES = ["en", *catalogues.languages()]


@pytest.mark.parametrize("language", catalogues.languages())
def test_everything_is_translated_and_nothing_is_stale(language: str) -> None:
    """To mend it: python -m dev.messages update, and a translation of what is new."""
    assert list(catalogues.problems(language, entries())) == []


def test_each_english_text_has_one_plural() -> None:
    plurals: dict[str, set[str]] = {}
    for entry in entries():
        plurals.setdefault(entry.id, set()).add(entry.plural)
    assert {text: forms for text, forms in plurals.items() if len(forms - {""}) > 1} == {}


def command_lines() -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = [("--help",)]
    for name in COMMANDS:
        lines.append((name, "--help"))
        children = getattr(load_command(name), "commands", {})
        lines += [(name, child, "--help") for child in children]
    return lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_is_at_most_80_cells_wide(
    llmchat: Shell, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = []
    for line in command_lines():
        done = llmchat(*line, LLMCHAT_LANG=language)
        assert done.code == 0, done.err
        text = (done.out or capsys.readouterr().out).partition(EXAMPLES[language])[
            0
        ]  # those stand whole in a pipe
        wide += [(line, row) for row in text.splitlines() if width(row) > 80]
    assert wide == []


EXAMPLES = {"en": "\nExamples:", "ru": "\nПримеры:", "zh_CN": "\n示例"}


@pytest.mark.parametrize("language", catalogues.languages())
def test_help_is_translated(
    llmchat: Shell, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, values and examples stay; sentences do not."""
    llmchat("history", "list", "--help")
    english = capsys.readouterr().out.splitlines()
    llmchat("history", "list", "--help", LLMCHAT_LANG=language)
    said = capsys.readouterr().out.splitlines()
    assert said
    both = {line.strip() for line in english} & {line.strip() for line in said}
    assert [line for line in both if line.endswith(".")] == []


def test_a_chinese_colon_has_no_blank_behind_it(
    llmchat: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    llmchat("code", "--help", LLMCHAT_LANG="zh_CN")
    out = capsys.readouterr().out
    assert out.startswith("用法：llmchat code")
    assert "\n参数：\n" in out


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("ask --key x", "сохранить ключ: llmchat auth PROVIDER"),
        ("status", "llmchat auth status или llmchat doctor"),
        ("ask --no-log hi", "используйте -n (ничего не сохраняется)"),
    ],
)
def test_hints_for_users_of_other_programs_are_translated(
    llmchat: Shell, line: str, hint: str
) -> None:
    assert hint in llmchat(*line.split(), LLMCHAT_LANG="ru").err
