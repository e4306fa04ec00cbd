"""The table of prices: what fits a model, what an answer costs, and when nobody knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from llmchat.settings.prices import Price, PriceTable, price_mistakes, price_table
from llmchat.settings.toml.document import parse_document

SHIPPED = Path(__file__).parents[2] / "llmchat" / "data" / "prices.toml"


def priced(prompt: float) -> Price:
    return Price("USD", prompt, 2.0, 0.5)


def test_the_row_that_fits_best_counts() -> None:
    rows = {"box/m": priced(1), "box/m*": priced(2), "box/m-mini*": priced(3)}
    table = PriceTable(rows, "")
    found = [table.find("box", model) for model in ("m", "m-large", "m-mini-2", "n")]
    assert [row and row.prompt for row in found] == [1, 2, 3, None]
    assert table.find("other", "m") is None


@pytest.mark.parametrize(
    ("counts", "cost"),
    [
        ((1_000_000, 1_000_000, None), 3.0),
        ((1_000_000, 0, 500_000), 0.75),
        ((0, 0, 0), 0.0),
        ((None, 5, None), None),
        ((5, None, None), None),
        ((5, 5, 6), None),
    ],
)
def test_the_cost_of_counts(
    counts: tuple[int | None, int | None, int | None], cost: float | None
) -> None:
    assert priced(1.0).of(*counts) == cost


def test_cached_tokens_without_a_price_make_the_cost_unknown() -> None:
    price = Price("USD", 1.0, 2.0)
    assert price.of(10, 10, 1) is None
    assert price.of(10, 10, 0) is not None


def test_every_row_that_ships_is_right_and_names_its_source_and_date() -> None:
    document = parse_document(SHIPPED.read_text("utf-8"), SHIPPED)
    assert list(price_mistakes(document.table["prices"])) == []
    sources = re.findall(r"^# https://\S+, .*\d{4}-\d\d-\d\d\n\[prices\.", document.text, re.M)
    assert len(sources) == len(document.table["prices"]) > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", document.table["updated"])


def test_own_prices_stand_in_the_place_of_those_that_ship() -> None:
    text = (
        '[prices."zai/glm-5.3"]\ncurrency = "RUB"\nprompt = 100\ncompletion = 200\n'
        '[prices."box/*"]\ncurrency = "EUR"\nprompt = 0\ncompletion = 0\n'
    )
    table = price_table(parse_document(text, Path("config.toml")))
    found = table.find("zai", "glm-5.3")
    assert found == Price("RUB", 100.0, 200.0)
    free = table.find("box", "anything")
    assert free is not None
    assert free.of(10, 10, None) == 0.0
    assert table.find("anthropic", "claude-sonnet-4-6") is not None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (5, "prices must be tables"),
        ({"zai": {"glm": 1}}, "must be PROVIDER/MODEL"),
        ({"a/b": 5}, "must be a table"),
        ({"a/b": {"currency": "usd", "prompt": 1, "completion": 1}}, "three letters"),
        ({"a/b": {"currency": "USD", "prompt": -1, "completion": 1}}, "prompt must be the price"),
        ({"a/b": {"currency": "USD", "prompt": True, "completion": 1}}, "prompt must be the price"),
        ({"a/b": {"currency": "USD", "prompt": 1}}, "completion is missing"),
        ({"a/b": {"curency": "USD", "prompt": 1, "completion": 1}}, "unknown key curency"),
    ],
)
def test_a_mistake_is_told(table: Any, said: str) -> None:
    assert any(said in text for _, text in price_mistakes(table))
