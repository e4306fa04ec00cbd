"""Tables on a screen: nothing is torn, nothing leaves it, columns stand below each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmchat.render.clean import clean_line
from llmchat.render.tables.columns import columns
from llmchat.render.tables.listing import render_table
from llmchat.render.tables.table import Column, Styled, Table
from llmchat.render.width import width
from tests.render.attacks import ATTACKS
from tests.render.emulator import Terminal, screen_of

WIDTHS = (40, 80, 120)
IDS = ("k3fabc12xy", "zzzz999900", "aaaa000011", "bbbb222233")
MODELS = (
    "gigachat/GigaChat-2-Max",
    "openrouter/meta-llama/llama-3.3-70b-instruct-turbo-preview",
    "demo",
    "a-very-long-provider-name/with_underscores_and.dots",
)
TITLES = (
    "Как отсортировать список словарей по нескольким ключам " * 4,
    "如何在Python中对字典列表进行排序，以及为什么排序是稳定的呢" * 7,
    "see https://example.org/a/very/long/path?with=query&and=more#fragment " * 3,
    "👨‍👩‍👧 family 🇷🇺 ⚠️ [bold]x[/bold] :smile: {0}",
)
CONVERSATIONS = Table(
    (
        Column("id", "id"),
        Column("last"),
        Column("messages", "number"),
        Column("model", "name"),
        Column("title", "title"),
    ),
    [
        [one, "yesterday 14:02", "1,234", model, title]
        for one, model, title in zip(IDS, MODELS, TITLES, strict=True)
    ],
)
SETTINGS = Table(
    (Column("setting", "name"), Column("value"), Column("from")),
    [
        [
            "providers.gigachat.base_url",
            "https://api.giga.chat/v1/a/b/c?x=1",
            "/home/u/config.toml",
        ],
        ["theme", "auto", "default"],
    ],
)


def seen(table: Table, columns: int, *, colour: bool = True) -> Terminal:
    terminal = Terminal(columns, 60)
    screen = screen_of(terminal, colour=colour, attributes=colour)
    terminal.write(render_table(table, screen, "dark").replace("\n", "\r\n"))
    return terminal


def drawn(table: Table, columns: int) -> list[str]:
    screen = replace(screen_of(Terminal(columns, 60)), colour=False, attributes=False)
    return render_table(table, screen).split("\n")


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("table", [CONVERSATIONS, SETTINGS])
def test_no_line_is_wider_than_the_screen(table: Table, columns: int) -> None:
    lines = drawn(table, columns)
    assert max(map(width, lines)) <= columns
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("columns", WIDTHS)
def test_ids_numbers_and_dates_stay_whole(columns: int) -> None:
    text = "\n".join(drawn(CONVERSATIONS, columns))
    for one in IDS:
        assert one in text
    assert text.count("1,234") == len(IDS)
    assert text.count("14:02") == len(IDS)


@pytest.mark.parametrize("columns", WIDTHS)
def test_names_are_broken_behind_a_joint_only(columns: int) -> None:
    """Joined again they are what they were; no line ends inside `Chat` or `instruct`."""
    lines = drawn(CONVERSATIONS, columns)
    for model in MODELS:
        for part in model.replace("/", "/ ").replace("-", "- ").split():
            assert any(part in line for line in lines), part


@pytest.mark.parametrize("columns", [80, 120])
def test_columns_stand_below_each_other_in_every_script(columns: int) -> None:
    lines = drawn(CONVERSATIONS, columns)
    rows = [line for line in lines if line.startswith(IDS)]
    places = {width(line[: line.index("1,234")]) for line in rows}
    titles = {
        width(line[: line.index(title[:5])]) for line, title in zip(rows, TITLES, strict=True)
    }
    assert len(rows) == len(IDS)
    assert len(places) == len(titles) == 1


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_title_is_cut_to_its_cell(columns: int) -> None:
    lines = [line for line in drawn(CONVERSATIONS, columns) if "如何在" in line]
    assert len(lines) == 1
    assert lines[0].endswith("…")


def test_a_narrow_screen_gets_a_line_a_cell() -> None:
    assert drawn(SETTINGS, 40)[:3] == [
        "providers.gigachat.base_url",
        "  value:",
        "  https://api.giga.chat/v1/a/b/c?x=1",
    ]


def test_heads_are_bold_and_cells_are_not() -> None:
    cells = seen(SETTINGS, 80).cells()
    assert all(cell[2] for cell in cells[0] if cell[0] != " ")
    assert not any(cell[2] for cell in cells[1])


def test_markup_and_emoji_codes_mean_nothing() -> None:
    table = Table((Column("[red]head", "id"),), [["[bold]x[/bold] :smile:"]])
    assert seen(table, 40).text() == "[red]head\n[bold]x[/bold] :smile:"


def test_parts_of_a_cell_keep_their_styles_where_it_is_folded() -> None:
    cell = [
        Styled("plain words and ", "none"),
        Styled("bold words", "bold"),
        Styled(" end", "none"),
    ]
    cells = seen(Table((Column("", "id"), Column("")), [["x" * 20, cell]]), 40).cells()
    bold = "".join(cell[0] for line in cells for cell in line if cell[2])
    assert bold.replace(" ", "") == "boldwords"


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_bar_is_as_long_as_its_share(columns: int) -> None:
    table = Table((Column("", "id"), Column("", "bar")), [["a", 0.5], ["b", 1.0]])
    half, whole = (line.split()[1] for line in drawn(table, columns))
    assert len(half.rstrip(" ")) * 2 in (len(whole), len(whole) + 1)


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_acts_on_nothing(attack: str) -> None:
    table = Table((Column("", "name"), Column(""), Column("", "title")), [[attack] * 3])
    for line in drawn(table, 80):
        assert line == clean_line(line)


def test_a_pipe_gets_a_line_a_row_without_bars() -> None:
    table = Table((Column("day", "id"), Column("", "bar"), Column("n")), [["one", 0.5, "1"]])
    assert columns(table) == "day  n\none  1"
