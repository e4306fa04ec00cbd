"""`llmchat doctor`: one line per check, with what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_table, run_shown
from llmchat.language import joined, msg

app = options.CommandApp()


@app.add(
    "llmchat doctor",
    "llmchat doctor gigachat --live",
    "llmchat doctor --json > report.json",
)
def doctor(
    ctx: typer.Context,
    provider: Annotated[str | None, argument("Check only this provider.")] = None,
    live: Annotated[bool, flag("--live", "Ask each service one real, tiny question.")] = False,
    json: options.Json = False,
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """Check files, settings, network, certificates, clock, keys and the terminal."""
    from llmchat.app.doctor.check import as_document, check_table, exit_code, summary
    from llmchat.app.doctor.runner import open_leniently, run_checks
    from llmchat.app.models import provider_names
    from llmchat.providers import NAMES

    flags = options.flags(proxy=proxy, color=color)
    context, broken = open_leniently(options.open_bare(ctx, color=color), flags)
    if provider and provider not in NAMES:  # built-in names need no settings, which may be broken
        if broken:
            raise broken
        provider_names(context, provider)
    checks = run_shown(
        context,
        msg("checking {provider}", provider=provider or msg("files, settings and services")),
        lambda: run_checks(context, broken=broken, provider=provider or "", live=live),
    )
    stdout = context.world.stdout
    utf8 = "utf" in (getattr(stdout, "encoding", "") or "").lower()
    if json:
        print_json(context, as_document(checks))
    else:
        print_table(context, check_table(checks, utf8=utf8))
        context.print(joined("\n", ["", summary(checks)]))
    return exit_code(checks)
