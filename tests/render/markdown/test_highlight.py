"""Code is coloured line by line, and a line never waits for the next."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.render.clean import clean
from llmchat.render.markdown.highlight import highlighter
from llmchat.render.markdown.pieces import CODE, Span

COMMENT = (CODE, "code.comment")
LANGUAGES = ("python", "c", "javascript", "html", "bash", "json", "yaml", "diff", "console", "rust")


def coloured(language: str, *lines: str) -> list[list[Span]]:
    lexer = highlighter(language)
    return [lexer.line(line) for line in lines]


def test_keywords_strings_numbers_and_comments_have_colours() -> None:
    (line,) = coloured("python", "return 'x' + 1  # c")
    styles = {segment.text.strip(): segment.styles for segment in line if segment.text.strip()}
    assert styles["return"] == (CODE, "code.keyword")
    assert styles["1"] == (CODE, "code.number")
    assert styles["# c"] == COMMENT
    assert (CODE, "code.string") in styles.values()


@pytest.mark.parametrize("language", ["c", "javascript", "java", "go", "css", "sql", "rust"])
def test_a_comment_over_several_lines_is_one_from_its_first_line_on(language: str) -> None:
    lines = coloured(language, "/* open", "if x return 1", "end */ y")
    assert {segment.styles for segment in lines[0]} == {COMMENT}
    assert {segment.styles for segment in lines[1]} == {COMMENT}
    assert lines[2][0].styles == COMMENT
    assert lines[2][-1].styles != COMMENT


def test_a_string_over_several_lines_goes_on() -> None:
    lines = coloured("python", 'x = """one', "two # no comment", 'three"""', "y = 1 # comment")
    assert {segment.styles for segment in lines[1]} == {(CODE, "code.string")}
    assert lines[3][-1] == Span("# comment", COMMENT)


def test_a_copy_does_not_disturb() -> None:
    lexer = highlighter("python")
    lexer.line('"""open')
    lexer.copy().line('"""')
    assert lexer.line("still a string")[0].styles == (CODE, "code.string")


@pytest.mark.parametrize("language", ["", "no-such-language", "\x1b[31m"])
def test_an_unknown_language_has_no_colours(language: str) -> None:
    assert coloured(language, "if x") == [[Span("if x", (CODE,))]]


@given(st.sampled_from(LANGUAGES), st.lists(st.text(max_size=30), max_size=6))
@settings(max_examples=150)
def test_no_character_is_lost_whatever_the_code(language: str, lines: list[str]) -> None:
    harmless = ["".join(char for char in line if char.isprintable()) for line in lines]
    lexer = highlighter(language)
    for line in harmless:
        shown = "".join(segment.text for segment in lexer.line(line))
        assert shown == "".join(clean(char) for char in line) or len(shown) >= len(line)
