"""What each construct looks like, as a person sees it."""

from __future__ import annotations

import io

import pytest

from llmchat.render.terminal.live import render_once
from llmchat.render.terminal.screen import Screen
from tests.render.emulator import Terminal, at_once, drawn, screen_of


def bare(columns: int, *, encoding: str = "utf-8") -> Screen:
    """A file, or a terminal that cannot be bold."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Screen(stream, lambda: (columns, 24), colour=False, attributes=False, cursor=False)


def picture(markdown: str, columns: int = 40) -> list[str]:
    return drawn([markdown], columns=columns).text().split("\n")


def test_blocks_at_the_top_stand_one_row_apart() -> None:
    assert picture("# Head\nText\n\n\n***\n> q\n") == [
        "Head",
        "",
        "Text",
        "",
        "─" * 40,
        "",
        "│ q",
    ]


def test_lists_stand_as_the_writer_set_them() -> None:
    """Tight or loose is decided item by item, so an item never waits for the next."""
    assert picture("- a\n- b\n\n- c\n  1. d\n  2. e\n\n     f\n9. x\n10. y\n") == [
        "• a",
        "• b",
        "",
        "• c",
        "  1. d",
        "  2. e",
        "",
        "     f",
        "",
        "9. x",
        "10. y",
    ]


def test_tasks_have_boxes() -> None:
    assert picture("- [ ] open\n- [x] done\n- [link] no\n") == [
        "• ☐ open",
        "• ☑ done",
        "• [link] no",
    ]


def test_the_lines_of_the_writer_are_kept() -> None:
    """Models break lines on purpose: verses, addresses, steps."""
    assert picture("Мороз и солнце;\nдень чудесный!") == ["Мороз и солнце;", "день чудесный!"]


def test_code_stands_flush_left_under_its_number() -> None:
    """No box, no padding, no blanks at the end: it is copied as it was written."""
    assert picture("```py\ndef f():   \n\treturn 1\n\n```\n") == [
        "[1] py",
        "def f():",
        "    return 1",
    ]


def test_a_long_line_of_code_is_folded_by_the_terminal_itself() -> None:
    """So that selecting it gives one line: nothing is written between its rows."""
    terminal = drawn(["```\n" + "x" * 100 + "\n```"], columns=40)
    assert "x" * 100 in terminal.written


def test_a_quote_carries_its_bar_on_every_row() -> None:
    rows = picture(
        "> one\n>\n> - two three four five six seven eight nine\n>   ```\n>   code\n>   ```"
    )
    assert rows == [
        "│ one",
        "│",
        "│ • two three four five six seven eight",
        "│   nine",
        "│   [1]",
        "│   code",
    ]


def test_a_link_has_its_target_once() -> None:
    text = "\n".join(picture("[a](http://e.org) <http://b.org> [c@d.org](mailto:c@d.org)", 80))
    assert text == "a (http://e.org) http://b.org c@d.org"


def test_a_target_is_shown_as_it_was_written() -> None:
    assert picture("[вики](https://ru.wikipedia.org/wiki/Борщ)", 80) == [
        "вики (https://ru.wikipedia.org/wiki/Борщ)"
    ]


@pytest.mark.parametrize(
    "link", ["https://e.example/%0d%0aX", "https://xn--80ak6aa92e.com/", "https://e.org/%D0%B0"]
)
def test_no_link_is_decoded(link: str) -> None:
    """Punycode stays punycode, and percent signs what they are."""
    assert picture(f"<{link}>", 80) == [link]
    assert picture(f"[{link}]({link})", 80) == [link]
    assert picture(f"[a]({link})", 80) == [f"a ({link})"]


def test_reference_links_stay_as_written() -> None:
    """Their definition may come after they are printed, so it is printed where it stands."""
    assert picture("[a][1] and [b]\n\n[1]: http://e.org\n[b]: http://f.org") == [
        "[a][1] and [b]",
        "",
        "[1]: http://e.org",
        "[b]: http://f.org",
    ]


@pytest.mark.parametrize(
    "formula",
    ["$a_1 * b_1 * c$", r"\(x \neq y\)", r"\[ \sum_{i=1}^{n} \]", r"$$\frac{a}{b}$$", "$5 and $6"],
)
def test_formulas_stay_readable(formula: str) -> None:
    assert picture(f"So {formula} holds") == [f"So {formula} holds"]


def test_emphasis_between_chinese_characters_is_read() -> None:
    assert picture("模型的**“自注意力”**机制**（重要）**说明") == [
        "模型的“自注意力”机制（重要）说明"
    ]


def test_styles_are_attributes_and_the_sixteen_colours() -> None:
    line = at_once("**b** *i* ~~s~~ `c`", columns=40).cells()[0]
    assert line[0][2]
    assert line[2][3]
    assert line[4][5]
    assert line[6][1] == "brightcyan"


def test_without_attributes_the_marks_of_markdown_stay() -> None:
    """A terminal that cannot be bold, or a file."""
    text = render_once("# H\n\n**b** *i* ~~s~~ `c` [l](http://e.org)\n", bare(80))
    assert text == "# H\n\n**b** *i* ~~s~~ `c` l (http://e.org)\n"


def test_an_encoding_that_cannot_draw_gets_ascii() -> None:
    text = render_once("- [x] да\n- 是\n\n> q\n\n***\n", bare(10, encoding="cp1251"))
    assert text == "* [x] да\n* ?\n\n| q\n\n----------\n"


@pytest.mark.parametrize("theme", ["auto", "dark", "light"])
def test_every_theme_shows_the_same_text(theme: str) -> None:
    terminal = Terminal(60)
    text = render_once("# H\n\n`c`\n\n```py\nx = 1\n```", screen_of(terminal), theme)
    terminal.write(text.replace("\n", "\r\n"))
    assert terminal.text() == "H\n\nc\n\n[1] py\nx = 1"


def test_deep_nesting_leaves_room_for_text() -> None:
    markdown = "".join("  " * depth + "- x\n" for depth in range(20))
    assert all(len(row) <= 20 and "x" in row for row in picture(markdown, 20))


def test_an_empty_answer_is_nothing() -> None:
    assert drawn(["", "\n\n"], columns=40).written == ""
    assert render_once("", bare(40)) == ""
