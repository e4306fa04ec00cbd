"""`llmchat history stats`: numbers of conversations, answers and tokens, and their cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import flag
from llmchat.cli.output import print_json, print_page, print_table
from llmchat.errors import UsageError
from llmchat.language import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmchat.app.run.bare_context import BareContext
    from llmchat.settings.prices import PriceTable
    from llmchat.store.history.figures.spending import UsageTally

EXAMPLES = options.examples(
    "llmchat history stats",
    "llmchat history stats --days 7 --by model",
    "llmchat history stats --json | jq .cost",
)


def stats(
    ctx: typer.Context,
    days: Annotated[
        int | None, flag("--days N", "Only the last N days, today included.", min=1)
    ] = None,
    by: Annotated[
        str | None, flag("--by WHAT", "Show tokens and cost by model, day or provider.")
    ] = None,
    json: options.Json = False,
    color: options.Color = None,
) -> None:
    """Show the number of conversations, answers and tokens, their cost, and the size."""
    from llmchat.app.history import spending

    if by not in (None, *spending.KEYS):
        raise UsageError(
            msg("--by must be model, day or provider"), hint=msg("llmchat history stats --by model")
        )
    context = options.open_bare(ctx, color=color)
    prices = spending.prices_of(context)
    tallies = context.history.tallies(days=days)
    what = by or ("day" if days else "")
    if not what:
        _print_overview(context, tallies, prices, json=json)
    elif json:
        facts = {"by": what, "days": days, "prices": prices.updated}
        whole = spending.total(tallies, prices).portable()
        rows = spending.grouped(tallies, what, prices)
        print_json(context, {**facts, **whole, "rows": rows})
    elif tallies:
        print_table(context, spending.grouped_table(tallies, what, prices), color=color)
        _tell_sources(context, tallies, prices)
    else:
        context.report.notice(
            msg("no answers in the last {days} days", days=days) if days else msg("no answers yet")
        )


def _print_overview(
    context: BareContext, tallies: Sequence[UsageTally], prices: PriceTable, *, json: bool
) -> None:
    """Prints the totals of the whole history, including the number of conversations and the
    size."""
    from llmchat.app.history import spending, views
    from llmchat.app.terminal.table_text import table_text

    found, whole = context.history.stats(), spending.total(tallies, prices)
    if json:
        models = [
            {**row._asdict(), **spending.money_of(tallies, row.provider, row.model, prices)}
            for row in found.models
        ]
        days = [row._asdict() for row in found.days]
        sums = {**whole.portable(), **found._asdict(), "prices": prices.updated}
        print_json(context, {**sums, "models": models, "days": days})
        return
    costs = spending.by(tallies, spending.KEYS["model"], prices)
    shown = {key: spent.shown for key, spent in costs.items()}
    tables = [
        views.stats_table(found, cached=whole.cached_tokens, cost=whole.shown),
        views.days_table(found),
        views.models_table(found, shown),
    ]
    texts = [table_text(context, table) for table in tables if table.rows]
    print_page(context, "\n\n".join(texts))
    _tell_sources(context, tallies, prices)


def _tell_sources(context: BareContext, tallies: Sequence[UsageTally], prices: PriceTable) -> None:
    """Prints where the prices come from, if any are known; GigaChat has token packages instead."""
    from llmchat.app.history import spending

    if spending.total(tallies, prices).costs:
        context.report.notice(
            msg(
                "cost based on the prices of {updated} and those in config.toml",
                updated=prices.updated,
            )
        )
    if any(tally.provider == "gigachat" for tally in tallies):
        context.report.notice(msg("left of GigaChat's packages: llmchat models gigachat --balance"))
