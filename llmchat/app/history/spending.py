"""The cost of answers: tokens and money by model, day or provider; currencies are never added
up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmchat.errors import LlmchatError
from llmchat.language import figure, msg
from llmchat.render.tables.table import Column, Row, Table
from llmchat.settings.prices import Price, PriceTable, price_mistakes, price_table
from llmchat.settings.toml.document import read_document
from llmchat.values.events import Usage

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.app.run.context import Context
    from llmchat.store.history.figures.spending import UsageTally

KEYS: dict[str, tuple[str, ...]] = {
    "model": ("provider", "model"),
    "day": ("day",),
    "provider": ("provider",),
}
UNKNOWN = "?"
LEAST = 0.0001  # of a currency; smaller amounts are shown as "less than" this
DIGITS = 12  # of a sum; the rest are rounding errors of binary fractions


@dataclass(slots=True)
class Spent:
    """A sum; `costs` is money by currency, `unpriced` the number of answers with unknown cost."""

    answers: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    tokens: int = 0
    unpriced: int = 0
    costs: dict[str, float] = field(default_factory=dict)

    def add(self, tally: UsageTally, prices: PriceTable) -> None:
        self.answers += tally.answers
        self.prompt_tokens += tally.prompt_tokens
        self.cached_tokens += tally.cached_tokens
        self.completion_tokens += tally.completion_tokens
        self.tokens += tally.tokens
        counts = (tally.prompt_tokens, tally.completion_tokens, tally.cached_tokens)
        price = prices.find(tally.provider, tally.model)
        self._pay(price, price.of(*counts) if price and tally.counted else None, tally.requests)

    def add_answer(self, provider: str, model: str, usage: Usage, prices: PriceTable) -> None:
        self.answers += 1
        self.prompt_tokens += usage.prompt_tokens or 0
        self.cached_tokens += usage.cached_tokens or 0
        self.completion_tokens += usage.completion_tokens or 0
        self.tokens += usage.total_tokens or 0
        counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
        price = prices.find(provider, model)
        self._pay(price, price.of(*counts) if price else None, 1)

    def _pay(self, price: Price | None, cost: float | None, answers: int) -> None:
        if price is None or cost is None:
            self.unpriced += answers
        else:
            self.costs[price.currency] = self.costs.get(price.currency, 0.0) + cost

    def portable(self) -> dict[str, Any]:
        """The sum for JSON: `cost` in `currency`, null if unknown or in several currencies."""
        costs = {currency: round(cost, DIGITS) for currency, cost in sorted(self.costs.items())}
        currency, cost = next(iter(costs.items())) if len(costs) == 1 else (None, None)
        return {
            "answers": self.answers,
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "completion_tokens": self.completion_tokens,
            "tokens": self.tokens,
            "cost": cost,
            "currency": currency,
            "costs": costs,
            "unpriced": self.unpriced,
        }

    @property
    def shown(self) -> str:
        """The cost for people: `1.20 USD + 3.00 RUB + ?`, where `?` means that some of it is
        unknown."""
        parts = [money(cost, currency) for currency, cost in sorted(self.costs.items())]
        return " + ".join([*parts, *[UNKNOWN] * bool(self.unpriced)])


def money(amount: float, currency: str) -> str:
    if 0 < amount < LEAST:
        return f"<{LEAST} {currency}"
    digits = 2 if amount == 0 or amount >= 1 else 4
    return f"{amount:,.{digits}f} {currency}"


def by(
    tallies: Iterable[UsageTally], names: tuple[str, ...], prices: PriceTable
) -> dict[Any, Spent]:
    """The sums of tallies that have the same values of `names`, in the order of first
    appearance."""
    found: dict[Any, Spent] = {}
    for tally in tallies:
        key = tuple(getattr(tally, name) for name in names)
        found.setdefault(key, Spent()).add(tally, prices)
    return found


def total(tallies: Iterable[UsageTally], prices: PriceTable) -> Spent:
    return by(tallies, (), prices).get((), Spent())


def money_of(
    tallies: Iterable[UsageTally], provider: str, model: str, prices: PriceTable
) -> dict[str, Any]:
    """What one model cost, for JSON."""
    own = [t for t in tallies if (t.provider, t.model) == (provider, model)]
    whole = total(own, prices).portable()
    return {name: whole[name] for name in ("cached_tokens", "cost", "currency", "unpriced")}


def grouped(tallies: Iterable[UsageTally], what: str, prices: PriceTable) -> list[dict[str, Any]]:
    """The rows of `--by`, for JSON."""
    names = KEYS[what]
    return [
        {**dict(zip(names, key, strict=True)), **spent.portable()}
        for key, spent in _sorted(by(tallies, names, prices), what)
    ]


def grouped_table(tallies: Iterable[UsageTally], what: str, prices: PriceTable) -> Table:
    """The same as a table."""
    columns = (
        *(Column(name, "id" if name != "model" else "name") for name in KEYS[what]),
        Column("answers", "number"),
        Column("tokens", "number"),
        Column("cached", "number"),
        Column("cost", "number"),
    )
    cells: list[Row] = [
        [*key, figure(s.answers), figure(s.tokens), figure(s.cached_tokens), s.shown]
        for key, s in _sorted(by(tallies, KEYS[what], prices), what)
    ]
    return Table(columns, cells)


def _sorted(found: dict[Any, Spent], what: str) -> list[tuple[Any, Spent]]:
    """Sorted by day, or otherwise by usage."""
    order: Callable[[tuple[Any, Spent]], Any]
    order = (lambda item: item[0]) if what == "day" else (lambda item: (-item[1].tokens, item[0]))
    return sorted(found.items(), key=order)


def prices_of(context: BareContext) -> PriceTable:
    """The prices of this run; if the settings have a mistake, prints a notice and uses the built-in
    ones."""
    try:
        config = read_document(context.paths.config_file)
        found = next(price_mistakes(config.get("prices") or {}), None) if config else None
        if config and found:
            raise config.error(*found)
    except LlmchatError as error:
        context.report.warning(
            msg("your own prices are not used: {message}", message=error.message)
        )
        config = None
    return price_table(config)


def has_price(context: Context, provider: str, model: str) -> bool:
    return price_table(context.settings.document).find(provider, model) is not None


def cost_shown(context: Context, provider: str, model: str, usage: Usage) -> str:
    """What one answer cost; `?` if unknown, "" if the provider charges nothing."""
    from llmchat.providers import access_of

    price = price_table(context.settings.document).find(provider, model)
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
    cost = price.of(*counts) if price else None
    if price and cost is not None:
        return money(cost, price.currency)
    return msg("cost {unknown}", unknown=UNKNOWN) if access_of(provider) == "key" else ""
