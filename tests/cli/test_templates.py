"""`llmchat templates` as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

from llmchat.templates import SHIPPED
from tests.shell import Result, Shell, editor


def test_the_list_names_yours_and_the_shipped_ones(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.md").write_text("{{ a }} {{ b }}")
    result = llmchat("templates", "list")
    assert [line.split()[0] for line in result.out.splitlines()] == [
        "template",
        "commit",
        "mine",
        "review",
        "translate",
    ]
    assert "mine       a, b       you" in result.out
    assert llmchat("templates") == result
    rows = json.loads(llmchat("templates", "list", "--json").out)
    assert rows[1] == {
        "name": "mine",
        "description": "",
        "variables": ["a", "b"],
        "shipped": False,
        "path": str(tmp_path / "templates" / "mine.md"),
    }


def test_a_broken_one_is_named_and_the_others_are_listed(llmchat: Shell, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.md").write_text("+++\nx = 1\n+++\n")
    result = llmchat("templates", "list")
    assert "mine.md:2: unknown key x" in result.err
    assert "review" in result.out


def test_one_is_shown_as_it_is(llmchat: Shell) -> None:
    assert llmchat("templates", "show", "review").out == (SHIPPED / "review.md").read_text()
    result = llmchat("templates", "show", "revew")
    assert (result.code, result.out) == (2, "")
    assert "unknown template revew (did you mean review?)" in result.err


def test_a_shipped_one_is_copied_before_it_is_edited(llmchat: Shell, tmp_path: Path) -> None:
    append = editor("file.write_text(file.read_text() + 'Mine.')")
    assert llmchat("templates", "edit", "review", EDITOR=append) == Result(0, "", "")
    mine = tmp_path / "templates" / "review.md"
    assert mine.read_text() == (SHIPPED / "review.md").read_text() + "Mine."
    assert llmchat("templates", "path", "review").out == f"{mine}\n"


def test_a_new_one_begins_with_an_example_and_is_checked(llmchat: Shell, tmp_path: Path) -> None:
    assert llmchat("templates", "edit", "new", EDITOR=editor("pass")).code == 0
    assert "{{ input }}" in (tmp_path / "templates" / "new.md").read_text()
    broken = editor("file.write_text('+++\\nmodel = 1\\n+++\\n')")
    result = llmchat("templates", "edit", "new", EDITOR=broken)
    assert result.code == 3
    assert "new.md:2: model must be a string" in result.err


def test_path_is_the_folder_or_a_file(llmchat: Shell, tmp_path: Path) -> None:
    assert llmchat("templates", "path").out == f"{tmp_path / 'templates'}\n"
    assert llmchat("templates", "path", "review").out == f"{SHIPPED / 'review.md'}\n"
    assert llmchat("templates", "path", "../x").code == 2
