"""The pages say what is true: commands run, tables agree with the code, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dev.completion.manual import EXITS
from llmchat import errors
from llmchat.cli.main import load_command
from llmchat.cli.table import COMMANDS
from llmchat.providers import NAMES, access_of, load
from llmchat.providers.presets import PRESETS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CODES = (ROOT / "docs" / "exit-codes.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SIGNALS = "129, 130, 141, 143"


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of every row of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rule = next(number for number, row in enumerate(cells) if set("".join(row)) <= set("-: "))
    return cells[rule + 1 :]


def label(name: str) -> str:
    return PRESETS[name].label if name in PRESETS else load(name).label


def default_model(name: str) -> str:
    model = PRESETS[name].model if name in PRESETS else load(name).default_model
    return f"`{model}`" if model else "first model listed"


def test_the_table_of_providers_is_the_registry() -> None:
    said = [row[:4] for row in rows(section("Providers"))]
    assert said == [[f"`{n}`", label(n), access_of(n), default_model(n)] for n in NAMES]


def kinds() -> set[tuple[str, int]]:
    """Every error there is: its name in JSON, and its exit code."""
    found: list[type[errors.LlmchatError]] = [errors.LlmchatError]
    for kind in found:
        found.extend(kind.__subclasses__())
    ours = [kind for kind in found if kind.__module__ == "llmchat.errors"]
    return {(kind.kind, kind.exit_code) for kind in ours}


def test_the_exit_codes_are_the_same_in_the_manual_the_readme_and_their_page() -> None:
    table = [list(row) for row in EXITS]
    assert rows(section("Exit codes")) == table
    assert [row[:2] for row in rows(CODES)] == table


def test_every_error_stands_beside_its_exit_code() -> None:
    said = set()
    for code, _, names, _ in rows(CODES):
        number = 130 if code == SIGNALS else int(code)
        said |= {(name, number) for name in re.findall(r"`(\w+)`", names)}
    assert said == kinds()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = [page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md"]
    assert [name for name in pages if f"({name})" not in index] == []


def test_the_set_up_commands_stand_alone_on_one_line() -> None:
    first, everywhere, *_ = blocks(section("Install"))
    (tests,) = blocks(section("Contributing"))
    assert len(first.splitlines()) == len(tests.splitlines()) == 1
    assert first.rstrip().endswith('.venv/bin/llmchat ask -p demo "Hello"')
    assert tests.rstrip().endswith("-m pytest")
    for place in ("CONTRIBUTING.md", ".ci/run"):
        lines = (ROOT / place).read_text("utf-8").splitlines()
        assert tests.strip() in map(str.strip, lines), place
    assert everywhere.split("\n")[:2] == ["pipx install .", "uv tool install ."]


def test_a_real_model_answers_after_one_line() -> None:
    """On a fresh machine with Python alone: .ci/run runs it."""
    line, _ = blocks(section("60 seconds without an account"))
    assert len(line.splitlines()) == 1
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert line.rstrip().endswith('.venv/bin/llmchat ask -p local "What is a monad?"')


def test_the_picture_is_whole_and_loads_nothing() -> None:
    text = (ROOT / "docs" / "llmchat.svg").read_text("utf-8")
    seen = "".join(ElementTree.fromstring(text).itertext()).replace("\xa0", " ")
    assert 'ask -p demo "How do I greet people in Python?"' in seen
    assert "sample answer built into llmchat" in seen
    assert set(re.findall(r"https?://[^\"' )<]*", text)) == {"http://www.w3.org/2000/svg"}


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A folder with a repository and some files, and a shell that knows llmchat."""
    for tool in ("bash", "git", "jq"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "llmchat"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m llmchat "$@"\n', "utf-8")
    command.chmod(0o755)
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "main.py").write_text("print('hello')\n", "utf-8")
    (folder / "letter.txt").write_text("Dear all,\n", "utf-8")
    (folder / "plan.md").write_text("# Plan\n", "utf-8")
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("LLMCHAT_", "XDG_"))}
    environ = kept | {
        "HOME": str(tmp_path),
        "PATH": f"{commands}:{os.environ.get('PATH', os.defpath)}",
    }
    for argv in (("init", "-q"), ("add", "main.py"), ("commit", "-qm", "Begin")):
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *argv], cwd=folder, env=environ, check=True, timeout=60)
    return folder, environ


def test_every_command_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`llmchat ([a-z]+)(?: ([a-z]+))?\b[^`]*`", README)
    assert {name for name, _ in named} - {*COMMANDS} == set()
    for name in ("config", "history", "templates"):
        known = load_command(name).commands
        assert {word for of, word in named if of == name and word} - {*known} == set()


def test_a_pasted_secret_is_gone_after_what_the_readme_says(
    desk: tuple[Path, dict[str, str]],
) -> None:
    folder, environ = desk
    (block,) = blocks(section("Privacy"))
    paste = "llmchat ask -p demo 'my password is hunter2'\n"
    done = subprocess.run(
        ["bash", "-euc", paste + block],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    files = [*folder.parent.rglob("history.db*")]
    assert files
    assert [path for path in files if b"hunter2" in path.read_bytes()] == []


@pytest.mark.parametrize("title", ["60 seconds without an account", "Recipes for pipes"])
def test_the_commands_of_the_readme_run_as_they_are_written(
    desk: tuple[Path, dict[str, str]], title: str
) -> None:
    """Asked of the demo: every line succeeds, in the shell and in the order that is shown."""
    folder, environ = desk
    block = blocks(section(title))[-1]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=environ | {"LLMCHAT_PROVIDER": "demo"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = done.stderr.splitlines()
    dry_run = [line for line in told if "not sent: about" in line or "sends nothing" in line]
    assert (done.returncode, told) == (0, dry_run)
    code = [place for place in folder.glob("*.*") if place.suffix in (".sh", ".py")]
    assert [place.name for place in code if not place.read_text("utf-8").strip()] == []
