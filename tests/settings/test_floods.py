"""Files made to keep us busy: they are told in a moment, in few lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.errors import ConfigError
from llmchat.settings.checks.file import MOST, MOST_WARNINGS, problems, project_warnings
from llmchat.settings.sources import read_project_document
from llmchat.settings.toml.document import LARGEST_OF_OTHERS, parse_document
from llmchat.templates import parse_template

PATH = Path(".llmchat.toml")
MANY = "".join(f"key{number} = 1\n" for number in range(3_000))


def test_thousands_of_foreign_keys_are_a_few_lines() -> None:
    told = list(project_warnings(parse_document(MANY, PATH)))
    assert len(told) == MOST_WARNINGS + 1
    assert told[-1] == ".llmchat.toml: 2990 more keys are not allowed in a project file; ignored"


def test_thousands_of_mistakes_are_not_all_looked_for() -> None:
    assert len(list(problems(parse_document(MANY, PATH), ()))) == MOST


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 50_000) + " = 1",
        "x = 1\n" + '"a" . ' * 40 + "b = 1",
        "[" + ".".join("a" * 33) + "]",
        "x = {" + ".".join("a" * 33) + " = 1}",
    ],
    ids=["bare", "quoted", "header", "inline"],
)
def test_a_key_of_many_parts_is_not_even_parsed(text: str) -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_document(text, PATH)


def test_long_words_are_searched_in_one_pass() -> None:
    assert parse_document("x = '" + "a" * 900_000 + "'", PATH).table["x"][:1] == "a"


def test_a_projects_file_has_a_size(tmp_path: Path) -> None:
    path = tmp_path / PATH
    path.write_text("#" * LARGEST_OF_OTHERS)
    assert read_project_document(path) is not None
    path.write_text("#" * (LARGEST_OF_OTHERS + 1))
    with pytest.raises(ConfigError, match="too large"):
        read_project_document(path)


def test_the_head_of_a_template_has_one_too() -> None:
    with pytest.raises(ConfigError, match="too large"):
        parse_template("+++\n" + "#" * LARGEST_OF_OTHERS + "\n+++\nx", Path("big.md"))
