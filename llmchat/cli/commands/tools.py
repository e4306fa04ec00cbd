"""`llmchat tools`: list, show, test, run, add, remove and import tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_rows, print_table, run_shown, write_text
from llmchat.errors import UsageError
from llmchat.language import msg, msg_n
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext
    from llmchat.app.tools.config import FoundServer
    from llmchat.app.tools.tools import ListedTool

app = options.CommandGroup(
    "llmchat tools add time -- uvx mcp-server-time",
    "llmchat tools list",
    "llmchat tools show time",
    'llmchat tools run time/get_current_time \'{"timezone": "UTC"}\'',
    about="Manage the tools that a model may call; without a command, list them.",
)

Named = Annotated[
    str, argument("A name from the list, SERVER/TOOL or FILE.py:FUNCTION.", metavar="TOOL")
]
Tested = Annotated[str, argument("A name from the list, or FILE.py:FUNCTION.", metavar="TOOL")]
Configured = Annotated[str, argument("A name from the list.", metavar="TOOL")]


@app.add(
    "llmchat tools list",
    "llmchat tools list --json",
    "llmchat tools list --json | jq -r '.[].name'",
    name="list",
)
def show_all(ctx: typer.Context, json: options.JsonArray = False) -> None:
    """List the configured tools. Nothing is started."""
    from llmchat.app.tools.tools import list_tools

    context = options.open_context(ctx)
    found = list_tools(context)
    none = msg("No tools yet. Add some: llmchat tools add NAME -- COMMAND...")
    print_rows(context, found, lambda: _table(found), json=json, none=none)


def _table(found: list[ListedTool]) -> Table:
    cells = [
        [t.name, t.type, "" if t.tools is None else str(len(t.tools)), ", ".join(t.allow), t.runs]
        for t in found
    ]
    heads = (Column("name", "name"), Column("type"), Column("tools", "number"), Column("allowed"))
    return Table((*heads, Column("runs")), cells)


@app.add(
    "llmchat tools show time",
    "llmchat tools show time/get_current_time",
    "llmchat tools show ./tools.py:weather --json",
)
def show(ctx: typer.Context, tool: Named, json: options.Json = False) -> None:
    """Show the tools of a server, or the whole definition of one tool."""
    from llmchat.app.tools.tools import find_tools
    from llmchat.app.tools.views import definition_text, first_line, hints_of, tool_row

    context = options.open_context(ctx)
    found = run_shown(context, msg("starting {tool}", tool=tool), lambda: find_tools(context, tool))
    if json:
        print_json(context, [tool_row(one) for one in found])
    elif len(found) == 1:
        write_text(context, definition_text(found[0]))
    else:
        columns = (
            Column("tool", "name"),
            Column("describes itself as"),
            Column("description", "title"),
        )
        cells = [[one.label, hints_of(one), first_line(one)] for one in found]
        print_table(context, Table(columns, cells))


@app.add(
    "llmchat tools test time",
    "llmchat tools test git && echo usable",
    "llmchat tools test git --json | jq -r '.tools[]'",
    name="test",
)
def check(ctx: typer.Context, tool: Tested, json: options.Json = False) -> None:
    """Start a server, list its tools, and stop it."""
    from llmchat.app.tools.tools import test_tool

    context = options.open_context(ctx)
    done = run_shown(context, msg("starting {tool}", tool=tool), lambda: test_tool(context, tool))
    if json:
        row = {"tool": tool, "tools": done.tools, "protocol": done.protocol or None, "ms": done.ms}
        print_json(context, row)
        return
    count = msg_n("{n} tool", "{n} tools", len(done.tools))
    context.print(
        msg(
            "{tool} works: {count}{server}",
            tool=context.report.safe(tool),
            count=count,
            server=done.server,
        )
    )


@app.add(
    'llmchat tools run time/get_current_time \'{"timezone": "UTC"}\'',
    'echo \'{"city": "Oslo"}\' | llmchat tools run ./tools.py:weather -',
    'llmchat tools run git/git_status \'{"repo_path": "."}\' --json',
)
def run(
    ctx: typer.Context,
    tool: Named,
    arguments: Annotated[
        str, argument("A JSON object; - reads it from stdin.", metavar="[JSON]")
    ] = "{}",
    json: options.Json = False,
) -> None:
    """Call one tool yourself and print its result, without confirmation."""
    from llmchat.app.tools.tools import read_arguments, run_tool

    context = options.open_context(ctx)
    given = read_arguments(context.world) if arguments == "-" else arguments
    done = run_shown(
        context, msg("running {tool}", tool=tool), lambda: run_tool(context, tool, given)
    )
    if json:
        output = done.output
        row = {"tool": done.tool.label, "outcome": output.outcome, "text": output.text}
        print_json(context, {**row, "ms": done.ms})
    elif done.output.outcome == "ok":
        write_text(context, done.output.text.removesuffix("\n") + "\n")
    done.check()


@app.add(
    "llmchat tools add time -- uvx mcp-server-time",
    "llmchat tools add docs https://mcp.example/mcp --header 'Authorization: Bearer ${TOKEN}'",
    "llmchat tools add weather -- ~/tools.py:weather",
)
def add(
    ctx: typer.Context,
    name: Annotated[str, argument("The name to give it.", metavar="NAME")],
    command: Annotated[
        list[str] | None, argument("The command or URL to add.", metavar="URL | -- COMMAND...")
    ] = None,
    kind: Annotated[
        str,
        flag(
            "--type TYPE", "Set the type: stdio, http, sse, command or python.", show_default=False
        ),
    ] = "",
    env: Annotated[
        list[str] | None, flag("--env NAME=VALUE", "Pass a variable; repeatable.")
    ] = None,
    header: Annotated[
        list[str] | None, flag("--header NAME:VALUE", "Send a header; repeatable.")
    ] = None,
) -> None:
    """Add a server, a command or a Python function to config.toml."""
    from llmchat.app.tools.config import add_tool

    context = options.open_bare(ctx)
    runs = add_tool(context, name, command or (), type=kind, env=env or (), headers=header or ())
    context.print(context.report.safe(msg("Added {name}: {runs}", name=name, runs=runs)))
    context.report.notice(msg("check it with: llmchat tools test {name}", name=name))


@app.add(
    "llmchat tools remove time",
    "llmchat tools list",
    "llmchat config edit",
)
def remove(ctx: typer.Context, tool: Configured) -> None:
    """Remove a tool from config.toml."""
    from llmchat.app.tools.config import remove_tool

    context = options.open_bare(ctx)
    remove_tool(context, tool)
    context.print(context.report.safe(msg("Removed {tool}.", tool=tool)))


@app.add(
    "llmchat tools import ~/.config/Claude/claude_desktop_config.json",
    "llmchat tools import .vscode/mcp.json",
    "llmchat tools import servers.json --yes",
    name="import",
)
def import_(
    ctx: typer.Context,
    file: Annotated[Path, argument("JSON with mcpServers or servers.", metavar="FILE")],
    yes: Annotated[bool, flag("--yes", "Import all without confirmation.")] = False,
) -> None:
    """Import servers from another program's file; each is shown and confirmed."""
    from llmchat.app.terminal.consent import can_ask
    from llmchat.app.tools.config import read_servers, write_tools
    from llmchat.system.opening import from_home

    context = options.open_bare(ctx)
    path = context.world.cwd / from_home(file)
    found = read_servers(context, path)
    if not yes and not can_ask(context):
        raise UsageError(
            msg("nothing imported without confirmation"), hint=msg("confirm with --yes")
        )
    chosen = [server for server in found if _wanted(context, server, yes=yes)]
    write_tools(context, {server.name: server.table for server in chosen})
    names = ", ".join(server.name for server in chosen)
    context.print(
        context.report.safe(msg("Added {names}.", names=names) if names else msg("Nothing added."))
    )


def _wanted(context: BareContext, server: FoundServer, *, yes: bool) -> bool:
    """Shows a server, and asks whether to import it."""
    from llmchat.app.run import signals
    from llmchat.app.terminal.consent import consents

    report = context.report
    if server.problem:
        report.warning(msg("{name} skipped: {problem}", name=server.name, problem=server.problem))
        return False
    report.notice(msg("{name}: {runs}", name=server.name, runs=server.runs))
    for table in ("env", "headers"):
        if server.table.get(table):
            report.notice(
                msg("  {table}: {table2}", table=table, table2=", ".join(server.table[table]))
            )
    for variable in server.variables:
        report.notice(msg("  needs the variable {variable}", variable=variable))
    question = msg("Add {name}?", name=report.safe(server.name))
    return yes or signals.run(lambda: consents(context, question))
