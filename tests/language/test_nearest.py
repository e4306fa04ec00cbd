"""What is offered for a mistyped name is what was meant, or nothing."""

from __future__ import annotations

import pytest

from llmchat.language.nearest import aside, nearest, suggestion

FLAGS = ("--proxy", "--provider", "--model", "--option", "--fallback", "--color", "--timeout")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--porxy", ["--proxy"]),
        ("--modle", ["--model"]),
        ("--Timeout", ["--timeout"]),
        ("--colour", ["--color"]),
        ("--dry-run", []),
        ("--silent", []),
        ("--yes", []),
    ],
)
def test_only_what_looks_alike_is_offered(typed: str, meant: list[str]) -> None:
    assert nearest(typed, FLAGS) == meant


def test_several_are_joined_to_one_question() -> None:
    names = ("GigaChat-2", "GigaChat-2-Pro", "demo")
    assert suggestion("gigachat-3", names, most=2) == "did you mean GigaChat-2 or GigaChat-2-Pro?"
    assert suggestion("zzzz", names) == ""


def test_an_aside_ends_a_sentence() -> None:
    assert aside("dmo", ("demo",)) == " (did you mean demo?)"
    assert aside("zzzz", ("demo",)) == ""
