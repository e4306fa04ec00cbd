"""`llmchat plugins`: list, enable, disable and check plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument
from llmchat.cli.output import print_rows, print_table
from llmchat.cli.table import COMMANDS
from llmchat.language import msg
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from llmchat.app.setup.plugins import ListedPlugin, PluginCheck

app = options.CommandGroup(
    "llmchat plugins list",
    "llmchat plugins enable llmchat-parrot",
    "llmchat plugins check llmchat-parrot",
    about="Manage installed plugins; without a command, list them.",
)

RIGHTS = msg("it is code that runs with your rights whenever llmchat uses it, without a sandbox")
Name = Annotated[
    str, argument("A plugin's distribution, or the name of something in it.", metavar="PLUGIN")
]


@app.add(
    "llmchat plugins list",
    "llmchat plugins list --json",
    "llmchat plugins list --json | jq -r '.[] | select(.enabled) | .name'",
    name="list",
)
def show_all(ctx: typer.Context, json: options.JsonArray = False) -> None:
    """List what is installed, enabled or not. Nothing is imported."""
    from llmchat.app.setup.plugins import list_plugins, missing

    context = options.open_bare(ctx)
    found = list_plugins(context, {"command": COMMANDS})
    for name in missing(context):
        hint = msg("install it, or run llmchat plugins disable {name}", name=name)
        context.report.warning(
            msg("plugin {name} is enabled but not installed; {hint}", name=name, hint=hint)
        )
    none = msg("No plugins are installed.")
    print_rows(context, found, lambda: _table(found), json=json, none=none)


def _table(found: list[ListedPlugin]) -> Table:
    columns = (Column("name", "name"), Column("kind"), Column("plugin", "id"), Column("version"))
    cells = [
        [p.name, p.kind, p.distribution, p.version, msg("enabled") if p.enabled else "", p.problem]
        for p in found
    ]
    return Table((*columns, Column("state"), Column("")), cells)


@app.add(
    "llmchat plugins enable llmchat-parrot",
    "llmchat plugins enable parrot",
    "LLMCHAT_PLUGINS=none llmchat ask ...",
)
def enable(ctx: typer.Context, plugin: Name) -> None:
    """Let llmchat use a plugin: it is code that runs with your rights."""
    from llmchat.app.setup.plugins import enable as use_case

    context = options.open_bare(ctx)
    name, entries = use_case(context, plugin, _taken())
    brought = ", ".join(f"{entry.kind} {entry.name}" for entry, _ in entries)
    safe = context.report.safe(msg("{name}: {brought}", name=name, brought=brought))
    context.print(msg("Enabled {value}.", value=safe))
    context.report.notice(msg("{name}: {rights}", name=name, rights=RIGHTS))
    for entry, problem in entries:
        if problem:
            facts = {"kind": entry.kind, "name": entry.name, "problem": problem}
            context.report.warning(msg("{kind} {name} is ignored: {problem}", **facts))


@app.add(
    "llmchat plugins disable llmchat-parrot",
    "llmchat plugins disable parrot",
    "llmchat config get plugins",
)
def disable(ctx: typer.Context, plugin: Name) -> None:
    """Stop using a plugin. It stays installed."""
    from llmchat.app.setup.plugins import disable as use_case

    context = options.open_bare(ctx)
    name = use_case(context, plugin)
    context.print(msg("Disabled {name}.", name=context.report.safe(name)))


@app.add(
    "llmchat plugins check",
    "llmchat plugins check llmchat-parrot",
    "llmchat plugins check parrot && echo usable",
)
def check(
    ctx: typer.Context,
    plugin: Annotated[str, argument("Default: all that are enabled.", metavar="[PLUGIN]")] = "",
) -> int:
    """Import a plugin and test it: its code runs. Exit code 1 if something is wrong."""
    from llmchat.app.setup.plugins import check as use_case

    context = options.open_bare(ctx)
    results = use_case(context, plugin, _taken())
    print_table(
        context, Table((Column("kind"), Column("name", "name"), Column("")), _rows(results))
    )
    return 1 if any(result.problems for result in results) else 0


def _taken() -> dict[str, set[str]]:
    """Names of built-in commands, of the command line and of the session, which plugins cannot
    take."""
    from llmchat.repl.commands.table import all_commands  # prompt_toolkit: 100 ms

    return {"command": {*COMMANDS, *all_commands().names}}


def _rows(results: list[PluginCheck]) -> list[list[str]]:
    return [
        [result.entry.kind, result.entry.name, text]
        for result in results
        for text in result.problems or (f"OK: {result.note}" if result.note else "OK",)
    ]
