"""`llmchat models`: who can be asked, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options

if TYPE_CHECKING:
    from llmchat.app.context import Context
    from llmchat.app.models import Listed, Refreshed

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = """\b
Examples:
  llmchat models
  llmchat models gigachat --refresh
  llmchat models gigachat --balance
  llmchat models --health
"""


@app.command(epilog=EXAMPLES)
def models(
    ctx: typer.Context,
    provider: Annotated[
        str | None, typer.Argument(help="Only this provider.", show_default=False)
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the services for their lists.")
    ] = False,
    health: Annotated[bool, typer.Option("--health", help="How each provider did lately.")] = False,
    balance: Annotated[
        bool, typer.Option("--balance", help="What is left of GigaChat's packages.")
    ] = False,
    json: options.Json = False,
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """List providers and models: what they need, what they are called, how they do."""
    from llmchat.app import models as known
    from llmchat.app import signals
    from llmchat.app.context import Context

    context = Context(ctx.obj, options.flags(proxy=proxy, color=color))
    if health:
        return _show_health(context, known.names_in(context, provider or ""), json=json)
    if balance:
        return _show_balance(context, provider or "", json=json)
    asked = signals.run(lambda: known.refresh(context, provider or "")) if refresh else []
    rows = known.listed(context, provider or "")
    if json:
        context.print_json([asdict(row) for row in rows])
    else:
        context.print(table(rows, full=bool(provider)))
    return _told(context, asked, named=bool(provider)) if refresh else 0


def table(rows: Sequence[Listed], *, full: bool) -> str:
    """One line a provider, or one line a model where a provider was named."""
    from llmchat.render.columns import columns as drawn

    if full:
        cells = [[_starred(r), _aliases(r), _tokens(r.context), r.note] for r in rows]
        footer = _footer(rows) if rows else ""
        return drawn(["model", "aliases", "context", ""], cells) + footer
    providers: dict[str, list[Listed]] = {}
    for row in rows:
        providers.setdefault(row.provider, []).append(row)
    lines = [_provider_line(name, own) for name, own in providers.items()]
    return drawn(["provider", "access", "default model", "context", "more models"], lines)


def _provider_line(name: str, rows: Sequence[Listed]) -> list[str]:
    default = next((r for r in rows if r.default), None)
    others = [r.model for r in rows if r.model and not r.default]
    more = f" ... {len(others) - 3} more" if len(others) > 3 else ""
    state = "" if rows[0].working else " (probably dead)"
    access = rows[0].access + (", signed in" if rows[0].signed_in else "") + state
    age = f" (list {_ago(rows[0].age)} old)" if rows[0].age is not None else ""
    return [
        name,
        access,
        (default.model if default else "") or "the server's first",
        _tokens(default.context) if default else "",
        ", ".join(others[:3]) + more + age,
    ]


def _told(context: Context, asked: Sequence[Refreshed], *, named: bool) -> int:
    """Who did not answer; that is a failure where nobody else did."""
    failed = [(one.provider, one.error) for one in asked if one.error]
    for name, error in failed:
        if named:
            context.report.error(error)
        else:
            context.report.warning(f"{name}: {error.message}")
    if not asked:
        context.report.notice("nobody was asked: no key and no local server is set up")
    return failed[0][1].exit_code if failed and len(failed) == len(asked) else 0


def _starred(row: Listed) -> str:
    return f"{row.model or 'the server chooses'}{' *' if row.default else ''}"


def _aliases(row: Listed) -> str:
    return ", ".join(row.aliases)


def _tokens(count: int | None) -> str:
    return f"{round(count / 1000)}k" if count else ""


def _footer(rows: Sequence[Listed]) -> str:
    """Where the list comes from."""
    row, starred = rows[0], any(row.default and row.model for row in rows)
    default = "* is the default." if starred else "Without -m the server's first is asked."
    if row.age is not None:
        origin = f"The service's own list, {_ago(row.age)} old."
    elif row.access in ("key", "local"):
        origin = f"`llmchat models {row.provider} --refresh` asks the service."
    else:
        origin = "The list is complete."
    return f"\n\n{default} {origin}"


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _show_health(context: Context, names: Sequence[str], *, json: bool) -> int:
    from llmchat.render.columns import columns as drawn

    rows = [row for row in context.health.rows() if row.provider in names]
    if json:
        context.print_json([asdict(row) for row in rows])
        return 0
    if not rows:
        context.report.notice("nobody was asked yet")
        return 0
    now = context.world.clock.now()
    cells = [
        [row.provider, row.last_outcome, _ms(row.first_token_ms), f"{_ago(now - row.last)} ago"]
        for row in rows
    ]
    context.print(drawn(["provider", "last outcome", "first token", "when"], cells))
    return 0


def _show_balance(context: Context, provider: str, *, json: bool) -> int:
    from llmchat.app import signals
    from llmchat.app.balance import balance
    from llmchat.render.columns import columns as drawn

    rows = signals.run(lambda: balance(context, provider))
    if json:
        context.print_json([asdict(row) for row in rows])
    else:
        context.print(
            drawn(["model", "tokens left"], [[r.model, f"{r.tokens:,.0f}"] for r in rows])
        )
    return 0


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value / 1000:.1f} s"
