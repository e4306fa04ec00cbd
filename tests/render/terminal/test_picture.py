"""However an answer was cut, screen and scrollback end as if it had come at once."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from llmchat.render.terminal.live import Picture
from llmchat.render.width import width
from tests.render.emulator import at_once, cut, dark, drawn
from tests.render.writer import document

DATA = Path(__file__).parents[1] / "data"
EXAMPLES = json.loads((DATA / "commonmark.json").read_text(encoding="utf-8"))
ANSWERS = sorted((DATA / "answers").glob("*.md"))
WIDTHS = (40, 80, 120)


@pytest.mark.parametrize(
    "columns", [80, *(pytest.param(n, marks=pytest.mark.slow) for n in WIDTHS if n != 80)]
)
def test_every_example_of_the_standard_ends_as_if_it_had_come_at_once(columns: int) -> None:
    """No construct of CommonMark is an exception, forward references and loose lists included."""
    for example in EXAMPLES:
        markdown = example["markdown"]
        pieces = cut(markdown, example["example"] + columns)
        expected = at_once(markdown, columns=columns).cells()
        assert drawn(pieces, columns=columns).cells() == expected, example


def test_all_examples_of_a_section_as_one_answer() -> None:
    """What stood before a block does not change how it settles."""
    for section in sorted({example["section"] for example in EXAMPLES}):
        texts = [e["markdown"] for e in EXAMPLES if e["section"] == section]
        markdown = "\n\n".join(texts)
        pieces = cut(markdown, len(section))
        expected = at_once(markdown, columns=60).cells()
        assert drawn(pieces, columns=60, every=7).cells() == expected, section


@pytest.mark.parametrize("columns", [20, *WIDTHS])
@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_answers_in_three_languages_end_as_if_they_had_come_at_once(
    path: Path, columns: int
) -> None:
    markdown = path.read_text(encoding="utf-8")
    expected = at_once(markdown, columns=columns).cells()
    for seed in range(2):
        pieces = cut(markdown, seed)
        assert drawn(pieces, columns=columns, every=1 + 4 * seed).cells() == expected


@pytest.mark.parametrize("seed", range(40))
def test_long_and_broken_markdown_ends_as_if_it_had_come_at_once(seed: int) -> None:
    """Long paragraphs, lists, tables, fences, unclosed markup, wide and joined characters."""
    chance = random.Random(seed)
    markdown = document(chance)
    columns, rows = chance.choice((20, 40, 80, 120)), chance.choice((3, 5, 24, 50))
    pieces = cut(markdown, seed)
    every = max(1, len(pieces) // 40)
    expected = at_once(markdown, columns=columns, rows=rows).cells()
    assert drawn(pieces, columns=columns, rows=rows, every=every).cells() == expected


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_no_row_is_wider_than_the_screen_or_ends_in_blanks(path: Path) -> None:
    """Otherwise the terminal would fold it, and a copy would carry the blanks along."""
    for columns in (20, 40, 80):
        picture = Picture(dark(), columns)
        picture.feed(path.read_text(encoding="utf-8"))
        picture.finish()
        for row in picture.settled():
            assert width(row.text) <= columns
            assert row.text == row.text.rstrip() or width(row.text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a **bol", "a bol"),
        ("a **", "a"),
        ("a **bold*", "a bold"),
        ("a **bold** b", "a bold b"),
        ("use `cod", "use cod"),
        ("use `", "use"),
        ("2**3 and 2*3", "2**3 and 2*3"),
        ("- **粗", "• 粗"),
    ],
)
def test_markup_that_is_still_open_does_not_flicker(text: str, shown: str) -> None:
    """What is drawn while it grows; in the end it stands as it was written."""
    picture = Picture(dark(), 40)
    picture.feed(text)
    assert [row.text.rstrip() for row in picture.open()] == [shown]


@pytest.mark.parametrize(
    "repeated",
    [
        *("word ", "word\n", "字", "x", "**open ", "`open ", "[", "- item\n", "> quote\n"),
        *("1. x\n\n   y\n", "    code\n", "<div>\n", "[ref][1] ", "$x ", "a | b\n"),
    ],
)
@pytest.mark.parametrize(
    "head", ["", "```c\n/* ", "| a | b |\n|---|---|\n", "| a |\n|---|\n| ", "- "]
)
def test_what_is_open_does_not_grow_with_the_answer(head: str, repeated: str) -> None:
    """So the price of a frame does not either, in whatever the answer consists of."""
    picture = Picture(dark(), 80)
    picture.feed(head)
    for _ in range(12):
        picture.feed(repeated * 50)
        assert len(picture.open()) <= 60


def test_a_settled_row_is_written_once() -> None:
    """A long list goes into the scrollback item by item, nothing is drawn twice."""
    markdown = "".join(f"- item number {n}\n" for n in range(300))
    terminal = drawn(cut(markdown, 1), columns=80)
    assert terminal.written.count("item number 7\r\n") == 1
    assert len(terminal.written) < 3 * len(markdown)


def test_open_rows_are_never_taller_than_the_screen() -> None:
    """A frame moves the cursor up by less than the screen's height."""
    markdown = "| a | b |\n|---|---|\n" + "".join(f"| {n} | x |\n" for n in range(15))
    terminal = drawn(cut(markdown, 3), columns=40, rows=6)
    ups = [int(count) for count in re.findall(r"\x1b\[(\d+)A", terminal.written)]
    assert ups
    assert max(ups) < 6
    assert terminal.cells() == at_once(markdown, columns=40, rows=6).cells()
