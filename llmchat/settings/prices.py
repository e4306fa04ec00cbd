"""The prices of models: the built-in table (data/prices.toml), and the person's own `[prices]`.

Why: docs/decisions/0137-what-an-answer-costs.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmchat.language import msg
from llmchat.language.nearest import aside
from llmchat.settings.toml.document import Document, read_document
from llmchat.settings.values import Mistakes

MILLION = 1_000_000
EXAMPLE = '[prices."openai/gpt-5"]'
MOST = 1e12  # per million tokens; a number of 400 digits would break sums
NUMBERS = ("prompt", "cached", "completion")
NEEDED = ("currency", "prompt", "completion")


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a million tokens; `cached` is that of prompt tokens in the service's cache, None
    if unknown."""

    currency: str
    prompt: float
    completion: float
    cached: float | None = None

    def of(self, prompt: int | None, completion: int | None, cached: int | None) -> float | None:
        """The cost of these tokens, where cached tokens are part of the prompt; None if it cannot
        be known."""
        known = cached or 0
        if prompt is None or completion is None or known > prompt:
            return None
        if known and self.cached is None:
            return None
        cheap = known * (self.cached or 0.0)
        return ((prompt - known) * self.prompt + cheap + completion * self.completion) / MILLION


@dataclass(frozen=True, slots=True)
class PriceTable:
    """`rows` by `provider/model`, where a `*` at the end matches any rest; `updated` is the date of
    the built-in prices."""

    rows: Mapping[str, Price]
    updated: str

    def find(self, provider: str, model: str) -> Price | None:
        """The best matching row: an exact name takes precedence over patterns."""
        name = f"{provider}/{model}"
        if name in self.rows:
            return self.rows[name]
        fitting = [r for r in self.rows if r.endswith("*") and name.startswith(r[:-1])]
        return self.rows[max(fitting, key=len)] if fitting else None


def price_table(config: Document | None) -> PriceTable:
    """The built-in prices, with the person's own in place of those with the same name. `config` is
    a file in which `price_mistakes` found nothing."""
    shipped = read_document(Path(__file__).parent.parent / "data" / "prices.toml")
    assert shipped is not None
    own = config.get("prices") if config else None
    rows = {**shipped.table["prices"], **(own or {})}
    table = {name: _price(row) for name, row in rows.items()}
    return PriceTable(table, str(shipped.table["updated"]))


def _price(row: Mapping[str, Any]) -> Price:
    cached = row.get("cached")
    return Price(
        row["currency"],
        float(row["prompt"]),
        float(row["completion"]),
        None if cached is None else float(cached),
    )


def price_mistakes(table: Any) -> Mistakes:
    if not isinstance(table, Mapping):
        yield ("prices",), msg("prices must be tables such as {example}", example=EXAMPLE)
        return
    for name, row in table.items():
        path = ("prices", name)
        if not isinstance(row, Mapping):
            text = msg(
                "prices.{name} must be a table; write {example} with quotes",
                name=name,
                example=EXAMPLE,
            )
            yield path, text
            continue
        if "/" not in name:
            text = msg(
                '"{name}" must be PROVIDER/MODEL, such as {example}', name=name, example=EXAMPLE
            )
            yield path, text
        for key, value in row.items():
            if wrong := _wrong(key, value):
                yield (*path, key), wrong
        for key in (key for key in NEEDED if key not in row):
            yield path, msg("{key} is missing", key=key)


def _wrong(key: str, value: Any) -> str:
    if key == "currency":
        ok = isinstance(value, str) and len(value) == 3 and value.isascii() and value.isupper()
        return "" if ok else msg("currency must be three letters, such as USD")
    if key not in NUMBERS:
        return msg("unknown key {key}{aside}", key=key, aside=aside(key, ("currency", *NUMBERS)))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fine = number and 0 <= value <= MOST
    return "" if fine else msg("{key} must be the price of a million tokens, such as 1.5", key=key)
