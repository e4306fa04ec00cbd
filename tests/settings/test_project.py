"""Where a project's file is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.settings.sources import find_project_file


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "home/code/app/src").mkdir(parents=True)
    (tmp_path / "home/code/app/.git").mkdir()
    return tmp_path


def put(folder: Path) -> Path:
    path = folder / ".llmchat.toml"
    path.write_text("")
    return path


def test_it_is_found_upwards_to_the_projects_root(tree: Path) -> None:
    app = tree / "home/code/app"
    assert find_project_file(app / "src", home=None) is None
    file = put(app)
    assert find_project_file(app / "src", home=None) == file
    nearer = put(app / "src")
    assert find_project_file(app / "src", home=None) == nearer


def test_nothing_above_the_projects_root_counts(tree: Path) -> None:
    put(tree / "home/code")
    assert find_project_file(tree / "home/code/app/src", home=tree / "home") is None


def test_the_home_folder_is_the_last_one(tree: Path) -> None:
    put(tree)
    assert find_project_file(tree / "home/code", home=tree / "home") is None
    mine = put(tree / "home")
    assert find_project_file(tree / "home/code", home=tree / "home") == mine


def test_outside_of_a_project_and_home_only_the_very_folder_counts(tree: Path) -> None:
    above = put(tree)
    assert find_project_file(tree / "home", home=None) is None
    assert find_project_file(tree, home=None) == above


def test_a_folder_of_that_name_is_no_file(tree: Path) -> None:
    (tree / ".llmchat.toml").mkdir()
    assert find_project_file(tree, home=None) is None


def test_a_folder_that_cannot_be_looked_into_is_passed_over(tree: Path) -> None:
    long = tree / ("x" * 300)
    assert find_project_file(long, home=None) is None
