"""`llmchat history`: list, show, search, rename, delete, export and import conversations.

Why: docs/decisions/0075-no-fast-path-for-history.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.app.run.streams import is_terminal
from llmchat.cli import options
from llmchat.cli.commands import spending, transfer
from llmchat.cli.commands.code import code
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_page, print_table, write_text
from llmchat.language import msg, msg_n

if TYPE_CHECKING:
    from llmchat.app.run.bare_context import BareContext

EXAMPLES = (
    "llmchat history list",
    "llmchat history show last",
    "llmchat history search погода provider:gigachat after:7d",
    "llmchat history export last -O talk.html",
    "llmchat history import logs.db",
)

app = options.CommandGroup(
    *EXAMPLES,
    about="Your conversations; without a command, list the latest.",
)

DAY = 86400

Limit = Annotated[int, flag("-n -l --limit N", "Show at most this many.", min=1)]


@app.add(*EXAMPLES, name="list")
def show_list(
    ctx: typer.Context,
    limit: Limit = 30,
    every: Annotated[bool, flag("--all", "Show all, without a limit.")] = False,
    trash: Annotated[bool, flag("--trash", "List the trash.")] = False,
    schema: Annotated[
        str | None,
        flag("--schema [NAME]", "List only those with schema data (NAME: data of that schema)."),
    ] = None,
    tag: Annotated[str | None, flag("--tag NAME", "List only those with this tag.")] = None,
    json: options.JsonArray = False,
    color: options.Color = None,
) -> None:
    """List the latest conversations."""
    from llmchat.app.history import views

    context = options.open_bare(ctx, color=color)
    rows = context.history.recent(limit=-1 if every else limit, trash=trash, schema=schema, tag=tag)
    if json:
        print_json(context, [row.listed() for row in rows])
    elif rows:
        now = context.world.clock.now()
        print_table(context, views.conversation_table(rows, now=now), color=color)
    elif tag is not None:
        context.report.notice(msg("there are no conversations with the tag {tag!r}", tag=tag))
    elif schema is not None:
        named = msg(" for the schema {schema!r}", schema=schema) if schema else ""
        context.report.notice(msg("there are no conversations with data{named}", named=named))
    else:
        context.report.notice(
            msg("the trash is empty") if trash else msg("there are no conversations yet")
        )


@app.add(
    "llmchat history show",
    "llmchat history show last --raw | less",
    "llmchat history show k3f --json | jq .title",
    "llmchat history show last --data | jq .",
)
def show(
    ctx: typer.Context,
    conversation: options.Ref = "last",
    json: options.Json = False,
    raw: Annotated[bool, flag("--raw", "Print Markdown without rendering it.")] = False,
    data: Annotated[bool, flag("--data", "Print only the schema data of the answers.")] = False,
    color: options.Color = None,
) -> None:
    """Show one conversation; with --json, all of its branches."""
    if data:
        from llmchat.cli.commands.data import print_data  # only for this flag

        print_data(options.open_bare(ctx, color=color), conversation, as_list=json)
        return
    from llmchat.app.history import views
    from llmchat.app.run.context import resolved
    from llmchat.store.transfer.export import branch_as_it_reads, export, portable

    context = options.open_bare(ctx, color=color)
    row = context.history.find(conversation)
    if json:
        print_json(context, portable(context.history, row))
        return
    if raw or not is_terminal(context.world.stdout):
        write_text(context, "".join(export(context.history, [row], form="markdown")))
        return
    drawing, stdout = resolved(context, options.flags(color=color)), context.world.stdout
    text = views.conversation_text(
        row,
        branch_as_it_reads(context.history, row, most=views.RESULT),
        render=lambda answer: drawing.rendered(answer, stdout),
        color=drawing.screen(stdout).attributes,
    )
    print_page(context, text)


@app.add(
    "llmchat history search sorting",
    'llmchat history search "exact words" provider:gigachat',
    "llmchat history search пчёлы -l 5 --json",
)
def search(
    ctx: typer.Context,
    words: Annotated[list[str], argument("The words and filters to find.", metavar="WORDS...")],
    limit: Limit = 20,
    rank: Annotated[bool, flag("--rank", "Show the best match first.")] = False,
    json: options.JsonArray = False,
    color: options.Color = None,
) -> None:
    """Find messages by words, beginnings of words, "exact phrases" and the filters provider: model:
    role: before: after: has:code. The newest come first."""
    from llmchat.app.history import views
    from llmchat.errors import NothingFound

    context = options.open_bare(ctx, color=color)
    hits = context.history.search(phrased(words), limit=limit, rank=rank)
    if json:
        print_json(context, [hit._asdict() for hit in hits])
    elif hits:
        now = context.world.clock.now()
        print_table(context, views.hits_table(hits, now=now), color=color)
    if not hits:
        raise NothingFound(
            msg('no messages match "{words}"', words=" ".join(words)),
            hint=msg("try a shorter prefix"),
        )


@app.add(
    "llmchat history rename last Sorting in Python",
    'llmchat history rename k3f "Sorting in Python"',
    'llmchat history rename "old title" A new title',
)
def rename(
    ctx: typer.Context,
    conversation: options.Ref,
    title: Annotated[list[str], argument("The new title.", metavar="TITLE...")],
) -> None:
    """Rename a conversation."""
    context = options.open_bare(ctx)
    row = context.history.rename(conversation, " ".join(title))
    context.report.notice(msg("Renamed {id} to {title}", id=row.id, title=row.title))


@app.add(
    "llmchat history tag last work sorting",
    "llmchat history tag last --remove sorting",
    "llmchat history list --tag work",
)
def tag(
    ctx: typer.Context,
    conversation: options.Ref = "last",
    names: Annotated[list[str] | None, argument("The tags to add.", metavar="[NAME...]")] = None,
    remove: Annotated[
        list[str] | None, flag("-r --remove NAME", "Remove this tag; repeatable.")
    ] = None,
) -> None:
    """Add or remove a conversation's tags; without any, print them."""
    context = options.open_bare(ctx)
    if not names and not remove:
        row = context.history.find(conversation)
        for name in row.tag_list:
            context.print(name)
        return
    added = [name for name in names or () if name[:1] != "-"]
    gone = [*(remove or ()), *(name[1:] for name in names or () if name[:1] == "-")]
    row = context.history.tag(conversation, add=added, remove=gone)
    tags = " ".join(row.tag_list) or msg("no tags")
    context.report.notice(
        msg("{id} ({title}): {tag_list}", id=row.id, title=row.title, tag_list=tags)
    )


@app.add(
    "llmchat history delete last",
    "llmchat history delete k3f 9xw",
    "llmchat history delete last && llmchat history restore last",
)
def delete(ctx: typer.Context, conversations: options.Refs) -> None:
    """Move conversations to the trash."""
    context = options.open_bare(ctx)
    for named in context.history.find_each(conversations):
        row = context.history.delete(named.id)
        back = msg("to undo: llmchat history restore {id}", id=row.id)
        context.report.notice(
            msg("Moved {id} ({title}) to the trash; {back}", id=row.id, title=row.title, back=back)
        )


@app.add(
    "llmchat history restore last",
    "llmchat history restore k3f",
    "llmchat history restore k3f 9xw",
)
def restore(ctx: typer.Context, conversations: options.Refs) -> None:
    """Restore conversations from the trash."""
    context = options.open_bare(ctx)
    for named in context.history.find_each(conversations, trash=True):
        row = context.history.restore(named.id)
        context.report.notice(msg("Restored {id} ({title})", id=row.id, title=row.title))


@app.add(
    "llmchat history purge k3f",
    "llmchat history purge --all --older-than 30",
    "llmchat history purge --all --yes",
)
def purge(
    ctx: typer.Context,
    conversations: options.AnyRefs = None,
    every: Annotated[bool, flag("--all", "Delete everything in the trash.")] = False,
    older_than: Annotated[
        float,
        flag(
            "--older-than DAYS", "With --all: only what was deleted more than this many days ago."
        ),
    ] = 0,
    yes: Annotated[bool, flag("-y --yes", "Do not ask for confirmation.")] = False,
) -> None:
    """Permanently delete conversations from the trash."""
    from llmchat.errors import UsageError

    context = options.open_bare(ctx)
    if every == bool(conversations):
        raise UsageError(
            msg("nothing selected"), hint=msg("name trashed conversations, or use --all")
        )
    rows = context.history.find_each(conversations or (), trash=True)
    what = msg("everything in the trash") if every else ", ".join(row.id for row in rows)
    if not yes and not _agreed(context, msg("Permanently delete {what}?", what=what)):
        raise typer.Exit(1)
    if every:
        rows = context.history.purge_trash(older_than=older_than * DAY)
    for row in () if every else rows:
        context.history.purge(row.id)
    context.report.notice(
        msg_n(
            "Permanently deleted {n} conversation",
            "Permanently deleted {n} conversations",
            len(rows),
        )
    )


app.command("stats", epilog=spending.EXAMPLES)(spending.stats)
app.command("export", epilog=transfer.EXPORTS)(transfer.export)
app.command("import", epilog=transfer.IMPORTS)(transfer.import_)
app.command(
    "code",
    epilog=options.examples(
        "llmchat history code",
        "llmchat history code last 2 > sort.py",
        "llmchat history code --list",
    ),
)(code)


def phrased(words: Sequence[str]) -> str:
    """The search query: a word that contains a space was quoted in the shell, so it is a phrase."""
    return " ".join(
        f'"{word}"' if " " in word and '"' not in word and ":" not in word else word
        for word in words
    )


def _agreed(context: BareContext, question: str) -> bool:
    from llmchat.app.run import signals
    from llmchat.app.terminal.consent import can_ask, consents
    from llmchat.errors import UsageError

    if not can_ask(context):
        raise UsageError(msg("purging is permanent"), hint=msg("confirm with --yes"))
    return signals.run(lambda: consents(context, question))
