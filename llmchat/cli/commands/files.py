"""`llmchat files`: list, download and delete files in an account at a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_rows, run_shown
from llmchat.errors import UsageError
from llmchat.language import msg, msg_n, some
from llmchat.render.tables.table import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from llmchat.app.run.context import Context
    from llmchat.providers.gigachat.storage import StoredFile

app = options.CommandApp()

ACTIONS = ("list", "get", "delete")


@app.add(
    "llmchat files gigachat list",
    "llmchat files gigachat get 4f1c2a90 -O cat.jpg",
    "llmchat files gigachat delete 4f1c2a90",
    "llmchat files gigachat delete --all --yes",
)
def files(
    ctx: typer.Context,
    provider: Annotated[str, argument("The provider: gigachat.", metavar="PROVIDER")] = "gigachat",
    action: Annotated[str, argument("list, get or delete.", metavar="list|get|delete")] = "list",
    ids: Annotated[
        list[str] | None, argument("The files, by ID or name.", metavar="[ID...]")
    ] = None,
    output: Annotated[str | None, flag("-O --output FILE", "Where get saves the file.")] = None,
    every: Annotated[bool, flag("--all", "Delete every file.")] = False,
    yes: Annotated[bool, flag("--yes", "Delete without confirmation.")] = False,
    json: options.JsonArray = False,
    proxy: options.Proxy = None,
    color: options.Color = None,
) -> int:
    """List, download or delete the files in your account at a service."""
    context = options.open_context(ctx, proxy=proxy, color=color)
    wanted = tuple(ids or ())
    _check(action, wanted, every=every, output=output)
    if action == "list":
        return _list(context, provider, json=json)
    if output:
        return _get(context, provider, wanted[0], context.world.cwd / output, json=json)
    return _delete(context, provider, wanted, yes=yes, json=json)


def _check(action: str, wanted: Sequence[str], *, every: bool, output: str | None) -> None:
    if action not in ACTIONS:
        raise UsageError(msg("unknown action {action}", action=action), hint=_how("list"))
    if action == "list" and (wanted or every):
        raise UsageError(msg("list does not take IDs"), hint=_how("list"))
    if (action == "get") != bool(output):
        raise UsageError(msg("get and -O FILE need each other"), hint=_how(msg("get ID -O FILE")))
    if action == "get" and (len(wanted) != 1 or "" in wanted or every):
        raise UsageError(msg("get takes one ID"), hint=_how(msg("get ID -O FILE")))
    # An empty ID would be a prefix of every ID.
    if action == "delete" and (bool(wanted) == every or "" in wanted):
        what = msg("IDs and --all cannot be combined") if every else msg("nothing selected")
        raise UsageError(what, hint=_how(msg("delete ID (or --all)")))


def _how(rest: str) -> str:
    return msg("llmchat files gigachat {rest}", rest=rest)


def _list(context: Context, provider: str, *, json: bool) -> int:
    from llmchat.app.accounts.files import stored_files

    asking = msg("asking {provider} for its files", provider=provider)
    found = run_shown(context, asking, lambda: stored_files(context, provider))
    none, now = msg("there are no files in the account"), context.world.clock.now()
    print_rows(context, found, lambda: table(found, now=now), json=json, none=none)
    return 0


def _get(context: Context, provider: str, wanted: str, target: Path, *, json: bool) -> int:
    from llmchat.app.accounts.files import download
    from llmchat.app.ask.output.output import checked_place
    from llmchat.app.run import signals
    from llmchat.store.atomic import write_result

    place = checked_place(target)
    content = signals.run(lambda: download(context, provider, wanted))
    write_result(place, content)
    if json:
        print_json(context, [{"id": wanted, "path": str(place), "size": len(content)}])
    else:
        context.report.notice(msg("saved as {path}", path=place))  # -O may be /dev/stdout
    return 0


def _delete(context: Context, provider: str, ids: Sequence[str], *, yes: bool, json: bool) -> int:
    from llmchat.app.accounts.files import delete_files, find_files
    from llmchat.app.run import signals
    from llmchat.app.terminal.consent import can_ask, consents

    if not yes and not can_ask(context):
        raise UsageError(msg("not deleted without confirmation"), hint=msg("confirm with --yes"))
    found = signals.run(lambda: find_files(context, provider, ids))
    names = some([file.filename or file.id for file in found], most=3)
    question = msg("Delete {names}?", names=context.report.safe(names))
    if found and not yes and not signals.run(lambda: consents(context, question)):
        context.report.notice(msg("Nothing deleted."))
        return 0
    deleting = msg("deleting {count} files", count=len(found))
    gone, failures = run_shown(context, deleting, lambda: delete_files(context, provider, found))
    if json:
        print_json(context, [{"id": file.id, "deleted": True} for file in gone])
    elif gone or not failures:
        context.print(msg_n("Deleted {n} file.", "Deleted {n} files.", len(gone)))
    if failures:
        left = len(found) - len(gone)
        if len(found) > 1:
            context.report.warning(
                msg("{left} of {count} files were not deleted", left=left, count=len(found))
            )
        raise failures[0]
    return 0


def table(found: Sequence[StoredFile], *, now: float) -> Table:
    """A table with one row per file."""
    from llmchat.inputs.tokens import shown_size
    from llmchat.language.dates import when

    cells = [
        [
            file.id,
            file.filename,
            "" if file.bytes is None else shown_size(file.bytes),
            "" if file.created_at is None else when(file.created_at, now=now),
        ]
        for file in found
    ]
    columns = (
        Column("id", "id"),
        Column("name", "name"),
        Column("size", "number"),
        Column("added"),
    )
    return Table(columns, cells)
