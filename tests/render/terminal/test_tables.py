"""Tables fold instead of cutting, and are drawn while they grow."""

from __future__ import annotations

import pytest

from llmchat.render.terminal.tables import SAMPLE, shares
from tests.render.emulator import at_once, cut, drawn


def test_columns_are_as_wide_as_they_ask_for_and_aligned() -> None:
    assert drawn(["| a | bb | c |\n|---|:-:|--:|\n| 语言 | x | 1 |\n| y |"], columns=40).text() == (
        "a    │ bb │ c\n─────┼────┼──\n语言 │ x  │ 1\ny    │    │"
    )


def test_cells_fold_when_the_screen_is_narrow() -> None:
    text = drawn(
        ["| a | b |\n|---|---|\n| one two three four | five six seven |\n"], columns=20
    ).text()
    assert text.split("\n") == [
        "a         │ b",
        "──────────┼─────────",
        "one two   │ five six",
        "three     │ seven",
        "four      │",
    ]


def test_a_break_in_a_cell_is_a_line() -> None:
    assert drawn(["| a |\n|---|\n| x<br>y |\n"], columns=20).text() == "a\n─\nx\ny"


def test_a_pipe_can_be_escaped() -> None:
    assert "a|b" in drawn(["| x |\n|---|\n| a\\|b |\n"], columns=20).text()


def test_too_many_columns_are_written_one_below_the_other() -> None:
    head = "| alpha | beta | gamma | delta |\n|---|---|---|---|\n"
    text = drawn([head + "| 1 | 2 | 3 | 4 |\n| 5 | 6 | 7 | 8 |"], columns=20).text()
    assert text == "alpha: 1\nbeta: 2\ngamma: 3\ndelta: 4\n\nalpha: 5\nbeta: 6\ngamma: 7\ndelta: 8"


def test_rows_after_the_sample_fold_into_its_columns_and_leave_at_once() -> None:
    """The rule that lets a table of any length grow row by row."""
    rows = ["| a | b |\n", "|---|---|\n", *["| x | y |\n"] * SAMPLE, "| longer | z |\n"]
    terminal = drawn(["".join(rows)], columns=40)
    assert terminal.text().split("\n")[-6:] == ["l │ z", "o │", "n │", "g │", "e │", "r │"]


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_a_long_table_ends_as_if_it_had_come_at_once(columns: int) -> None:
    markdown = "| name | text |\n|---|---|\n" + "".join(
        f"| row {n} | {'word ' * (n % 17)} |\n" for n in range(60)
    )
    expected = at_once(markdown, columns=columns).cells()
    assert drawn(cut(markdown, 5), columns=columns).cells() == expected


@pytest.mark.parametrize(
    ("naturals", "total", "expected"),
    [([3, 4], 20, [3, 4]), ([3, 40, 40], 23, [3, 10, 10]), ([50, 2, 9], 21, [10, 2, 9])],
)
def test_room_is_shared_fairly(naturals: list[int], total: int, expected: list[int]) -> None:
    assert shares(naturals, total) == expected
