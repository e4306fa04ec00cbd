"""ARCHITECTURE.md tells the truth about the tree."""

from __future__ import annotations

import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "llmchat"
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|", 1)] for line in lines[1:]]


def test_every_place_of_the_tables_is_there() -> None:
    cells = [row[1] for row in rows("Where to find what")] + [row[0] for row in rows("Rooms")]
    names = [name for cell in cells for name in re.findall(r"`([\w/]+(?:\.py|\.toml|/))`", cell)]
    missing = [n for n in names if not any((top / n).exists() for top in (PACKAGE, ROOT))]
    inside = [n for n in missing if not list(PACKAGE.rglob(n))]  # `a.py`, beside the one before
    assert names
    assert inside == []


def test_every_room_is_listed() -> None:
    listed = {name for row in rows("Rooms") for name in re.findall(r"`([\w/]+)/`", row[0])}
    rooms = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("__init__.py")}
    assert rooms - {"."} <= listed


def test_the_layers_are_those_that_are_checked() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    picture = section("Layers").partition("```\n")[2].partition("```")[0]
    assert [re.split(r"\s{2,}", line)[0] for line in picture.splitlines()] == layers


def test_no_import_leads_back_to_its_module() -> None:
    """Those inside functions and between a package and its own modules too, which import-linter
    does not see."""
    graph = grimp.build_graph("llmchat", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # an error names the circle


def test_the_glossary_stays_short() -> None:
    assert len(rows("Glossary")) <= 25
