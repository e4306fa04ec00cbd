"""What is shipped, and with what. The built packages themselves: tests/packaging/smoke.sh."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINNED = (ROOT / "constraints.txt").read_text("utf-8")
SOURCES = sorted((ROOT / "llmchat").rglob("*.py"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ;]", r)[0].lower().replace("_", "-") for r in requirements}


def pins() -> list[str]:
    """One text for each package: its line and its hashes."""
    return [pin.strip() for pin in re.split(r"\n(?=[a-z])", PINNED) if "==" in pin]


def test_every_dependency_is_pinned_with_hashes() -> None:
    assert names(PROJECT["dependencies"]) - names(pins()) == set()
    assert [pin.splitlines()[0] for pin in pins() if "--hash=sha256:" not in pin] == []


def test_the_pins_name_no_address() -> None:
    assert re.findall(r"https?://|file:|--index|--find-links|--trusted", PINNED) == []


def test_the_pins_hold_no_other_command_line() -> None:
    """Typer carries its own; with pydantic beside it a command takes twice the time."""
    assert names(pins()) & {"click", "pydantic", "pydantic-core"} == set()


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_every_dependency_has_a_lowest_and_a_highest_version(requirement: str) -> None:
    assert re.search(r">=[\d.]+,<[\d.]+$", requirement)


def test_no_file_imports_click() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found += [path.name for alias in node.names if alias.name.startswith("click")]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("click"):
                found.append(path.name)
    assert found == []


def test_the_command_belongs_to_the_distribution_that_is_ours() -> None:
    assert PROJECT["name"] == "llmchat-cli"
    assert PROJECT["scripts"] == {"llmchat": "llmchat.__main__:main"}


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))
def test_no_page_installs_the_package_of_somebody_else(page: Path) -> None:
    assert not re.search(r"(pip|pipx|uv tool) install llmchat\b(?!-)", page.read_text("utf-8"))
