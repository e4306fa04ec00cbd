"""The list of guards is true: each stands in the source once, and its tests exist."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUARDS = tomllib.loads((ROOT / "tests" / "guards.toml").read_text("utf-8"))["guard"]


@pytest.mark.parametrize("guard", GUARDS, ids=[guard["says"] for guard in GUARDS])
def test_each_guard_stands_where_the_list_says(guard: dict[str, str]) -> None:
    """`python tests/guards.py` removes them one by one, which takes minutes."""
    assert (ROOT / guard["file"]).read_text("utf-8").count(guard["old"]) == 1
    for test in guard["tests"].split():
        path, _, name = test.partition("::")
        assert (ROOT / path).exists()
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8")
