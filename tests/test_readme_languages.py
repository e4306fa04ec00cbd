"""README.ru.md and README.zh-CN.md say what README.md says: the same parts, tables and commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from llmchat.cli.main import load_command
from llmchat.cli.table import COMMANDS
from tests.test_readme import README, ROOT, SIGNALS, blocks, rows, section

TRANSLATED = [ROOT / "README.ru.md", ROOT / "README.zh-CN.md"]
PAGES = [*TRANSLATED, ROOT / "docs" / "gigachat.ru.md", ROOT / "docs" / "quickstart.zh-CN.md"]
KEYS = {"gigachat": "README.ru.md", "bigmodel": "README.zh-CN.md"}  # whose key comes first


def sections(text: str) -> list[str]:
    return re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]


@pytest.fixture(params=TRANSLATED, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Path:
    return Path(str(request.param))


def test_it_has_the_same_parts_with_as_many_commands(page: Path) -> None:
    ours, theirs = sections(page.read_text("utf-8")), sections(README)
    assert [len(blocks(text)) for text in ours] == [len(blocks(text)) for text in theirs]
    lines = [[len(block.splitlines()) for block in blocks(text)] for text in ours]
    assert lines == [[len(block.splitlines()) for block in blocks(text)] for text in theirs]


def test_its_tables_have_the_same_providers_and_exit_codes(page: Path) -> None:
    text = page.read_text("utf-8")
    providers = [row for part in sections(text) for row in tables(part) if row[0] in models()]
    assert {row[0]: row[3] for row in providers if row[3].startswith("`")} == {
        name: model for name, model in models().items() if model.startswith("`")
    }
    assert {row[0] for row in providers} == {*models()}
    codes = [row[0] for part in sections(text) for row in tables(part)]
    assert [code for code in codes if code.isdigit() or code == SIGNALS] == [
        row[0] for row in rows(section("Exit codes"))
    ]


def tables(part: str) -> list[list[str]]:
    return rows(part) if "\n|---" in part else []


def models() -> dict[str, str]:
    return {row[0]: row[3] for row in rows(section("Providers"))}


def test_a_provider_of_its_readers_stands_first(page: Path) -> None:
    (first,) = [name for name, place in KEYS.items() if place == page.name]
    shown = [row[0] for part in sections(page.read_text("utf-8")) for row in tables(part)]
    assert next(name for name in shown if name in models()) == f"`{first}`"


@pytest.mark.parametrize("translated", PAGES, ids=lambda path: path.name)
def test_every_command_it_names_is_there(translated: Path) -> None:
    text = translated.read_text("utf-8")
    named = re.findall(r"`llmchat ([a-z]+)(?: ([a-z]+))?\b[^`]*`", text)
    assert {name for name, _ in named} - {*COMMANDS} == set()
    for name in ("config", "history", "templates"):
        known = load_command(name).commands
        assert {word for of, word in named if of == name and word} - {*known} == set()


@pytest.mark.parametrize("translated", PAGES, ids=lambda path: path.name)
def test_every_flag_of_its_commands_is_there(translated: Path) -> None:
    for block in re.findall(
        r"```(?:sh)?\n(llmchat.*?)```", translated.read_text("utf-8"), re.DOTALL
    ):
        for line in block.splitlines():
            words = shlex.split(line.partition(" | ")[0], comments=True)
            if words[:1] != ["llmchat"] or len(words) < 2 or words[1] not in COMMANDS:
                continue
            command = load_command(words[1])
            known = {flag for one in every(command) for flag in one}
            assert {word for word in words if word.startswith("--")} - known == set()


def every(command: object) -> list[list[str]]:
    found = [list(one.opts) + list(one.secondary_opts) for one in getattr(command, "params", [])]
    for inner in getattr(command, "commands", {}).values():
        found += every(inner)
    return found
