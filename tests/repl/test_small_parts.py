"""Toolbar, tree, fuzzy names, paths, times: the parts that need no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmchat.render.width import cut
from llmchat.render.width import width as cell_width
from llmchat.repl.commands.views.tree_view import draw_tree
from llmchat.repl.input.completion_item import fuzzy
from llmchat.repl.input.paths import complete_path, split_words
from llmchat.repl.input.toolbar import Facts, toolbar, turn_facts
from llmchat.store.history.rows import ConversationRow, MessageRow
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.turn import Turn

FACTS = Facts(
    "gigachat/GigaChat-2", "Погода в Москве", "1,234 tokens", "first 0.3 s", "42 tokens/s"
)


@pytest.mark.parametrize("columns", range(2, 120, 3))
def test_the_toolbar_never_fills_the_line(columns: int) -> None:
    assert cell_width(toolbar(FACTS, columns)) <= max(1, columns - 1) or columns < 3


def test_a_narrow_toolbar_drops_what_is_least_missed() -> None:
    assert toolbar(FACTS, 200).endswith("42 tokens/s")
    assert toolbar(FACTS, 75) == "  ·  ".join(
        ("gigachat/GigaChat-2", "Погода в Москве", "1,234 tokens", "first 0.3 s")
    )
    assert toolbar(FACTS, 45) == "gigachat/GigaChat-2  ·  1,234 tokens"
    assert toolbar(FACTS, 12) == "gigachat/G…"


def test_no_control_character_of_a_title_reaches_the_toolbar() -> None:
    assert "\x1b" not in toolbar(Facts("demo", "a\x1b]0;evil\x07b"), 80)


def test_a_turn_tells_tokens_first_token_and_speed() -> None:
    ticks = iter([0.0, 0.5, 2.5, 2.5, 2.5])
    turn = Turn("demo", "", lambda: next(ticks))
    turn.take(Delta("hi"))
    turn.take(Usage(10, 100, 110))
    turn.take(Finish("stop", "m"))
    assert turn_facts(turn) == ("110 tokens", "first 0.5 s", "50 tokens/s")
    assert turn_facts(None) == ("", "", "")


def test_a_conversation_that_no_model_answered_has_a_provider_alone() -> None:
    empty = ConversationRow._make(("",) * len(ConversationRow._fields))
    assert empty._replace(provider="demo", model="").who == "demo"
    assert empty._replace(provider="demo", model="m").who == "demo/m"


def row(
    number: int, parent: int | None, role: str, text: str, state: str = "complete"
) -> MessageRow:
    values = dict.fromkeys(MessageRow._fields, "") | {
        "id": number,
        "parent": parent,
        "role": role,
        "text": text,
        "state": state,
        "model": "m",
    }
    return MessageRow._make(values.values())


def test_the_tree_is_indented_where_it_branches_and_marks_the_active_branch() -> None:
    messages = [
        row(10, None, "user", "one"),
        row(11, 10, "assistant", "first\nanswer", "interrupted"),
        row(12, 10, "assistant", "second \x1b[2J"),
        row(13, 12, "user", "two"),
    ]
    assert draw_tree(messages, {10, 12, 13}, columns=60).splitlines() == [
        "*  1 you: one",
        "   2   m: first answer [stopped]",
        "*  3   m: second ^[[2J",
        "*  4   you: two",
    ]


def test_a_long_conversation_is_drawn_without_recursion() -> None:
    messages = [row(n, n - 1 if n > 1 else None, "user", "x") for n in range(1, 5001)]
    assert len(draw_tree(messages, set(), columns=40).splitlines()) == 5000


@pytest.mark.parametrize("width", range(1, 12))
def test_a_cut_line_fits(width: int) -> None:
    assert cell_width(cut("语言 language", width)) <= width


def test_names_are_found_by_beginning_then_piece_then_letters() -> None:
    names = ["xgpt", "gpt-4o", "GigaChat-2-Pro", "g-p-t"]
    assert [o.text for o in fuzzy("gpt", names)] == ["gpt-4o", "xgpt", "g-p-t"]
    assert [o.text for o in fuzzy("gc2p", names)] == ["GigaChat-2-Pro"]
    assert [o.text for o in fuzzy("", names)] == names


def test_files_complete_with_folders_quotes_and_without_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / "Two words.txt").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.py").touch()
    (tmp_path / ".hidden").touch()

    def found(word: str) -> list[str]:
        return [o.text for o in complete_path(word, cwd=tmp_path, home=tmp_path)]

    assert found("") == ["tests/", '"Two words.txt"']
    assert found("t") == ["tests/", '"Two words.txt"']
    assert found("tests/") == ["tests/a.py"]
    assert found("~/te") == ["~/tests/"]
    assert found(".h") == [".hidden"]
    assert found("nowhere/") == []


def test_words_in_quotes_are_one_and_an_open_quote_is_a_letter() -> None:
    assert split_words("a 'b c' \"d\"") == ["a", "b c", "d"]
    assert split_words("don't") == ["don't"]
