"""`llmchat models`: list providers, models, health and balance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_rows, run_shown
from llmchat.language import joined, msg
from llmchat.language.dates import short_time, span
from llmchat.render.tables.table import Column, Row, Table

if TYPE_CHECKING:
    from llmchat.app.models import ListedModel, PackageBalance, RefreshResult
    from llmchat.app.run.context import Context
    from llmchat.store.state.health import HealthRow

app = options.CommandApp()


@app.add(
    "llmchat models",
    "llmchat models gigachat --refresh",
    "llmchat models gigachat --balance",
    "llmchat models --health",
    "llmchat models local --stop",
)
def models(
    ctx: typer.Context,
    provider: Annotated[str | None, argument("List only this provider.")] = None,
    refresh: Annotated[bool, flag("--refresh", "Fetch the model lists from the services.")] = False,
    health: Annotated[bool, flag("--health", "Show how each provider has been doing.")] = False,
    balance: Annotated[
        bool, flag("--balance", "Show what is left of GigaChat's token packages.")
    ] = False,
    stop: Annotated[bool, flag("--stop", "With local: stop the loaded models.")] = False,
    json: options.JsonArray = False,
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """List providers and models: what they need, their names and how they are doing."""
    from llmchat.app import models as use_case
    from llmchat.providers import faults

    context = options.open_context(ctx, proxy=proxy, color=color)
    if provider == "list":  # other commands have a `list` subcommand
        provider = None
    if stop or (provider == use_case.LOCAL and not health and not refresh):
        from llmchat.cli.commands import local  # only for models of this machine

        return local.show(context, provider or "", stop=stop, json=json)
    if health:
        return _show_health(context, use_case.provider_names(context, provider or ""), json=json)
    if balance:
        return _show_balance(context, provider or "", json=json)
    results = _refreshed(context, provider or "") if refresh else []
    rows = use_case.with_states(context, use_case.list_models(context, provider or ""))
    print_rows(context, rows, lambda: table(rows, full=bool(provider)), json=json)
    if provider and rows and not json:
        context.print(joined("\n", ["", _footer(rows)]))
    for line in faults(row.provider for row in rows):
        context.report.warning(line)
    return _show_failures(context, results, named=bool(provider)) if refresh else 0


MODEL_COLUMNS = (
    Column("model", "name"),
    Column("aliases"),
    Column("context", "number"),
    Column(""),
)
PROVIDER_COLUMNS = (
    Column("provider", "id"),
    Column("access"),
    Column("default model", "name"),
    Column("context", "number"),
    Column("more models"),
)


def table(rows: Sequence[ListedModel], *, full: bool) -> Table:
    """A table with one row per provider, or one row per model if a provider was named."""
    if full:
        cells = [[_starred(r), joined(", ", r.aliases), _tokens(r.context), r.note] for r in rows]
        return Table(MODEL_COLUMNS, cells)
    providers: dict[str, list[ListedModel]] = {}
    for row in rows:
        providers.setdefault(row.provider, []).append(row)
    lines = [_provider_line(name, own) for name, own in providers.items()]
    return Table(PROVIDER_COLUMNS, lines)


def _provider_line(name: str, rows: Sequence[ListedModel]) -> list[str]:
    default = next((r for r in rows if r.default), None)
    others = [r.model for r in rows if r.model and not r.default]
    more = msg(" ... {count} more", count=len(others) - 3) if len(others) > 3 else ""
    row = rows[0]
    states = [msg("signed in")] * row.signed_in + [msg("probably closed")] * (not row.working)
    access = joined(", ", [row.needs, *states, *filter(None, [row.state])])
    age = msg(" (list {span} old)", span=span(rows[0].age)) if rows[0].age is not None else ""
    return [
        name,
        access,
        (default.model if default else "") or msg("first model listed"),
        _tokens(default.context) if default else "",
        joined("", [joined(", ", others[:3]), more, age]),
    ]


def _refreshed(context: Context, provider: str) -> list[RefreshResult]:
    from llmchat.app.models import refresh

    asking = msg("asking {provider} for models", provider=provider or msg("the services"))
    return run_shown(context, asking, lambda: refresh(context, provider))


def _show_failures(context: Context, results: Sequence[RefreshResult], *, named: bool) -> int:
    """Prints the services that failed or list no models. Returns 0 if any service answered, else
    the exit code of a failure."""
    failed = [(one.provider, one.error) for one in results if one.error]
    for name, error in failed:
        if named:
            context.report.error(error)
        else:
            context.report.warning(msg("{name}: {message}", name=name, message=error.message))
    for one in results:
        if not one.error and not one.models:
            context.report.notice(msg("{name} lists no models", name=one.provider))
    if not results:
        context.report.notice(msg("nothing to refresh: no key and no local server is set up"))
    return failed[0][1].exit_code if failed and len(failed) == len(results) else 0


def _starred(row: ListedModel) -> str:
    model = row.model or msg("chosen by the server")
    return joined(" ", [model, "*"]) if row.default else model


def _tokens(count: int | None) -> str:
    return f"{round(count / 1000)}k" if count else ""


def _footer(rows: Sequence[ListedModel]) -> str:
    """A line that says where the list comes from."""
    row, starred = rows[0], any(row.default and row.model for row in rows)
    default = msg("* marks the default.")
    if not starred:
        default = msg("Without -m the first model listed is used.")
    if row.age is not None:
        origin = msg("Fetched from the service {span} ago.", span=span(row.age))
    elif row.access in ("key", "local"):
        origin = msg(
            "To fetch the service's own list: llmchat models {provider} --refresh",
            provider=row.provider,
        )
    else:
        origin = msg("The list is complete.")
    return joined(" ", [default, origin])


def _show_health(context: Context, names: Sequence[str], *, json: bool) -> int:
    rows = [row for row in context.health.rows() if row.provider in names]
    now = context.world.clock.now()
    table = partial(_health_table, rows, now=now)
    print_rows(context, rows, table, json=json, none=msg("no requests yet"))
    return 0


def _health_table(rows: Sequence[HealthRow], *, now: float) -> Table:
    cells = [
        [
            row.provider,
            msg(row.last_outcome),
            short_time(row.first_token_ms),
            msg("{span} ago", span=span(now - row.last)),
        ]
        for row in rows
    ]
    columns = (
        Column("provider", "id"),
        Column("last outcome"),
        Column("first token", "number"),
        Column("when"),
    )
    return Table(columns, cells)


def _show_balance(context: Context, provider: str, *, json: bool) -> int:
    from llmchat.app.models import balance

    rows = run_shown(context, msg("asking for the balance"), lambda: balance(context, provider))
    print_rows(context, rows, lambda: _balance_table(rows), json=json)
    return 0


def _balance_table(rows: Sequence[PackageBalance]) -> Table:
    most = max([row.tokens for row in rows], default=0) or 1
    cells: list[Row] = [[row.model, f"{row.tokens:,.0f}", row.tokens / most] for row in rows]
    columns = (Column("model", "name"), Column("tokens left", "number"), Column("", "bar"))
    return Table(columns, cells)
