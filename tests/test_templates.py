"""Templates: blanks that are filled, front matter, the person's own and the shipped ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from llmchat.errors import ConfigError, EmptyPrompt, UsageError
from llmchat.settings import Settings
from llmchat.settings.registry import Registry
from llmchat.templates import (
    SHIPPED,
    Template,
    find_template,
    parse_template,
    template_names,
    template_path,
)


def template(text: str) -> Template:
    return parse_template(text, Path("/t/mine.md"))


HEAD = (
    '+++\nmodel = "demo/demo"\nsystem = "Speak {{ lang }}."\ndefaults = { lang = "English" }\n+++\n'
)


def test_blanks_are_filled_once() -> None:
    mine = template("Say {{ a }} and {{b}} to {{ input }}; {{ a }}, {not} {{ a b }} {{}}\n")
    assert mine.variables == ("a", "b")
    values = {"a": "{{ b }}", "b": "2"}
    assert (
        mine.prompt(values, given="me") == "Say {{ b }} and 2 to me; {{ b }}, {not} {{ a b }} {{}}"
    )


def test_words_that_name_a_variable_fill_it_and_others_are_prompt() -> None:
    values, rest = template("{{ lang }} {{ input }}").split(["lang=ru=x", "solve", "y=5", "Lang=z"])
    assert (values, rest) == ({"lang": "ru=x"}, ["solve", "y=5", "Lang=z"])


def test_missing_variables_are_named_with_the_command_that_gives_them() -> None:
    with pytest.raises(UsageError, match="template mine needs lang, tone") as caught:
        template("{{ lang }} {{ tone }} {{ lang }}").prompt({}, given="x")
    assert caught.value.hint == "llmchat ask -t mine lang=... tone=..."


def test_a_default_stands_in_for_what_nobody_gives() -> None:
    mine = template(HEAD + "{{ lang }}!")
    assert mine.prompt({}, given="") == "English!"
    assert mine.system({}) == "Speak English."
    assert mine.system({"lang": "Russian"}) == "Speak Russian."


def test_without_a_place_for_it_the_prompt_comes_below() -> None:
    assert template("Explain:\n").prompt({}, given="x") == "Explain:\n\nx"
    assert template("Explain:\n").prompt({}, given="") == "Explain:"
    assert template("").prompt({}, given="x") == "x"


def test_a_template_is_never_an_empty_request() -> None:
    with pytest.raises(EmptyPrompt, match="template mine needs input text"):
        template("Sum: {{ input }}").prompt({}, given=" \n")
    with pytest.raises(EmptyPrompt, match="template mine is empty"):
        template(HEAD).prompt({}, given="")


@pytest.mark.parametrize(
    ("given_flags", "expected"),
    [
        ({}, {"model": "demo/demo", "system": "Speak English.", "options": {}}),
        (
            {"model": "x", "provider": None},
            {"model": "x", "provider": None, "system": "Speak English.", "options": {}},
        ),
        (
            {"provider": "openai", "system": "Be brief.", "options": {"t": "1"}},
            {"provider": "openai", "system": "Be brief.", "options": {"t": "1"}},
        ),
    ],
)
def test_a_flag_is_nearer_than_the_template(
    given_flags: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert template(HEAD + "x").flags({}, given_flags) == expected


def test_provider_and_options_of_a_template_count() -> None:
    mine = template('+++\nprovider = "demo"\noptions = { a = 1, b = 2 }\n+++\nx')
    assert mine.flags({}, {"options": {"b": "3"}, "model": None}) == {
        "provider": "demo",
        "system": None,
        "options": {"a": 1, "b": "3"},
        "model": None,
    }
    assert "provider" not in mine.flags({}, {"model": "openai/x"})


def test_a_template_is_nearer_than_the_environment() -> None:
    flags = template(HEAD + "x").flags({}, {"model": None})
    environ = {"LLMCHAT_MODEL": "openai/o1"}
    found = Settings.load(
        environ, config_file=None, registry=Registry(("demo", "openai")), flags=flags
    )
    assert (found.target().provider, found.target().model) == ("demo", "demo")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("+++\nmodle = 'x'\n+++\n", r"mine.md:2: unknown key modle \(did you mean model\?\)"),
        ("+++\n\nmodel = 5\n+++\n", r"mine.md:3: model must be a string"),
        ("+++\nmodel = \n+++\n", r"mine.md:2: invalid value"),
        ("+++\nmodel = 'x'\n", r"mine.md:1: the front matter has no closing \+\+\+ line"),
        ("---\nmodel: x\n---\n", r"mine.md:1: front matter must be TOML between two \+\+\+ lines"),
    ],
)
def test_wrong_front_matter_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "mine.md").write_text(text)
    with pytest.raises(ConfigError, match=problem) as caught:
        find_template("mine", tmp_path)
    assert caught.value.hint == "llmchat templates edit mine"


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert template("---\ntext").body == "---\ntext"


def test_windows_line_ends_are_read() -> None:
    assert template(HEAD.replace("\n", "\r\n") + "a\r\nb").body == "a\nb"


def test_the_persons_own_template_hides_the_shipped_one(tmp_path: Path) -> None:
    assert find_template("review", tmp_path).shipped
    (tmp_path / "review.md").write_text("mine")
    assert find_template("review", tmp_path).body == "mine"
    assert not find_template("review", tmp_path).shipped
    assert template_path("review", tmp_path) == tmp_path / "review.md"


def test_names_are_listed_once_and_in_order(tmp_path: Path) -> None:
    for name in ("zoo.md", "review.md", "notes.txt", "a b.md", ".md"):
        (tmp_path / name).write_text("x")
    assert template_names(tmp_path) == ("commit", "review", "translate", "zoo")
    assert template_names(tmp_path / "nothing") == ("commit", "review", "translate")


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is not a template name"):
        find_template(name, tmp_path)
    with pytest.raises(UsageError):
        template_path(name, tmp_path)


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no template reveiw \(did you mean review\?\)"):
        find_template("reveiw", tmp_path)


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.iterdir()))
def test_every_shipped_template_is_complete(name: str, tmp_path: Path) -> None:
    shipped = find_template(name, tmp_path)
    values = dict.fromkeys(shipped.variables, "Russian")
    assert shipped.description
    assert shipped.takes_input
    assert shipped.prompt(values, given="THE TEXT").endswith("\n\nTHE TEXT")


@hypothesis_settings(max_examples=100)
@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_filled_in_is_never_read_as_a_template(value: str, text: str) -> None:
    mine = template("<{{ a }}|{{ input }}>")
    if text.strip():
        assert mine.prompt({"a": value}, given=text) == f"<{value}|{text}>"
