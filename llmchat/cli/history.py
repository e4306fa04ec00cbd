"""`llmchat history`: list, show, search, rename, delete, export and import conversations."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.cli.at_once import phrased
from llmchat.cli.code import code

if TYPE_CHECKING:
    from llmchat.app.context import Context

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Your conversations."
)

EXAMPLES = """\b
Examples:
  llmchat history list
  llmchat history show last
  llmchat history search погода provider:gigachat after:7d
  llmchat history export last -O talk.html
  llmchat history import logs.db
"""
REF = "An id or its beginning, `last`, or words of a title."
DAY = 86400

Ref = Annotated[str, typer.Argument(metavar="ID", help=REF)]
Refs = Annotated[list[str], typer.Argument(metavar="ID...", help=REF)]
Limit = Annotated[int, typer.Option("-l", "--limit", min=1, help="At most so many.")]
Trash = Annotated[bool, typer.Option("--trash", help="Those that were deleted.")]


@app.command("list", epilog=EXAMPLES)
def show_list(
    ctx: typer.Context,
    limit: Limit = 30,
    every: Annotated[bool, typer.Option("--all", help="Without a limit.")] = False,
    trash: Trash = False,
    json: options.Json = False,
    color: options.Color = None,
) -> None:
    """The newest conversations."""
    from llmchat.app import conversations

    context = _run(ctx, color)
    rows = context.history.recent(limit=-1 if every else limit, trash=trash)
    if json:
        _print_json(context, [row.fields() for row in rows])
    elif rows:
        _page(context, conversations.table(rows, now=context.world.clock.now()))
    else:
        context.report.notice("the trash is empty" if trash else "there is no conversation yet")


@app.command()
def show(
    ctx: typer.Context,
    conversation: Ref = "last",
    json: options.Json = False,
    raw: Annotated[bool, typer.Option("--raw", help="Markdown as it is.")] = False,
    color: options.Color = None,
) -> None:
    """One conversation as it reads; with --json every branch of it."""
    from llmchat.app import conversations
    from llmchat.store.transfer.export import branch_with_pictures, export, portable

    context = _run(ctx, color)
    row = context.history.find(conversation)
    if json:
        _print_json(context, portable(context.history, row))
        return
    if raw or not _on_terminal(context):
        _write(context, "".join(export(context.history, [row], form="markdown")))
        return
    stdout = context.world.stdout
    text = conversations.shown(
        row,
        branch_with_pictures(context.history, row),
        render=lambda answer: context.rendered(answer, stdout),
        color=context.screen(stdout).attributes,
    )
    _page(context, text)


@app.command()
def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words and filters.")],
    limit: Limit = 20,
    rank: Annotated[bool, typer.Option("--rank", help="The best match first.")] = False,
    json: options.Json = False,
    color: options.Color = None,
) -> None:
    """Find messages: words and their beginnings, "exact words", provider: model: before: after:
    role: has:code. The newest come first."""
    from llmchat.app import conversations
    from llmchat.errors import NothingFound

    context = _run(ctx, color)
    hits = context.history.search(phrased(words), limit=limit, rank=rank)
    if json:
        _print_json(context, [hit.fields() for hit in hits])
    elif hits:
        now, bold = context.world.clock.now(), _bold(context)
        _page(context, conversations.found(hits, now=now, color=bold))
    if not hits:
        raise NothingFound(f"nothing holds {' '.join(words)}", hint="try the beginning of a word")


@app.command()
def rename(
    ctx: typer.Context,
    conversation: Ref,
    title: Annotated[list[str], typer.Argument(metavar="TITLE...", help="The new title.")],
) -> None:
    """Give a conversation another title."""
    context = _run(ctx)
    row = context.history.rename(conversation, " ".join(title))
    context.report.notice(f"{row.id} is now called {row.title}")


@app.command()
def delete(ctx: typer.Context, conversations: Refs) -> None:
    """Move conversations into the trash."""
    context = _run(ctx)
    for ref in conversations:
        row = context.history.delete(ref)
        back = f"llmchat history restore {row.id} brings it back"
        context.report.notice(f"{row.id} ({row.title}) is in the trash; {back}")


@app.command()
def restore(ctx: typer.Context, conversations: Refs) -> None:
    """Bring conversations back from the trash."""
    context = _run(ctx)
    for ref in conversations:
        row = context.history.restore(ref)
        context.report.notice(f"{row.id} ({row.title}) is back")


@app.command()
def purge(
    ctx: typer.Context,
    conversations: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help=REF, show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Everything in the trash.")] = False,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", help="With --all: deleted before.")
    ] = 0,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Remove deleted conversations for good."""
    from llmchat.errors import UsageError

    context = _run(ctx)
    if every == bool(conversations):
        raise UsageError("what is to be purged?", hint="name conversations of the trash, or --all")
    rows = [context.history.find(ref, trash=True) for ref in conversations or ()]
    what = "everything in the trash" if every else ", ".join(row.id for row in rows)
    if not yes and not _agreed(context, f"Remove {what} for good?"):
        raise typer.Exit(1)
    if every:
        rows = context.history.purge_trash(older_than=older_than * DAY)
    for row in () if every else rows:
        context.history.purge(row.id)
    context.report.notice(f"{len(rows)} removed")


@app.command()
def export(
    ctx: typer.Context,
    conversations: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help=REF, show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every conversation.")] = False,
    form: Annotated[
        str | None,
        typer.Option("-f", "--format", metavar="FORM", help="markdown, json, jsonl or html."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-O", "--output", metavar="FILE", help="Write it there.")
    ] = None,
) -> None:
    """Write conversations as Markdown, HTML, or JSON that `import` reads back."""
    from llmchat.app.export import chosen_form, write_export
    from llmchat.errors import UsageError

    context = _run(ctx)
    if every and conversations:
        raise UsageError("--all and an id exclude each other", hint="llmchat history export --all")
    known = context.history
    rows = (
        known.recent(limit=-1) if every else [known.find(ref) for ref in conversations or ["last"]]
    )
    chosen = chosen_form(form, output)
    if output:
        write_export(known, rows, Path(output), form=chosen)
        context.report.notice(f"{len(rows)} written to {output}")
        return
    from llmchat.store.transfer.export import export as exported

    for piece in exported(known, rows, form=chosen):
        _write(context, piece)


@app.command("import")
def import_(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="What to read.")],
    json: options.Json = False,
) -> None:
    """Read conversations: llmchat's export or history.db, llm's logs.db, ChatGPT's
    conversations.json or zip. What is there already is not added again."""
    from llmchat.store.transfer.importing import take

    context = _run(ctx)
    taken = [take(context.history, context.world.cwd / file) for file in files]
    if json:
        _print_json(context, [t.fields() | {"file": f} for t, f in zip(taken, files, strict=True)])
        return
    for added, file in zip(taken, files, strict=True):
        context.report.notice(
            f"{file} ({added.origin}): {added.conversations} conversations and "
            f"{added.messages} messages are new"
        )


@app.command()
def stats(ctx: typer.Context, json: options.Json = False) -> None:
    """How much was said, with whom, and how large it is."""
    from llmchat.app import conversations

    context = _run(ctx)
    found = context.history.stats()
    if json:
        models = [model.fields() for model in found.models]
        _print_json(context, found.fields() | {"models": models})
    else:
        context.print(conversations.numbers(found))


app.command("code")(code)


def _run(ctx: typer.Context, color: str | None = None) -> Context:
    from llmchat.app.context import Context

    return Context(ctx.obj, options.flags(color=color))


def _on_terminal(context: Context) -> bool:
    from llmchat.app.streams import is_terminal

    return is_terminal(context.world.stdout)


def _bold(context: Context) -> bool:
    from llmchat.app.streams import is_colored

    return is_colored(
        context.world.stdout, context.world.environ, str(context.flags.get("color", "auto"))
    )


def _print_json(context: Context, value: object) -> None:
    context.print(json_format.dumps(value, ensure_ascii=False, indent=2))


def _write(context: Context, text: str) -> None:
    """A piece of an export: as it is, but harmless on a terminal."""
    from llmchat.app.streams import open_stdout
    from llmchat.render.clean import clean

    stdout = open_stdout(context.world.stdout)
    stdout.write(clean(text) if _on_terminal(context) else text)
    stdout.flush()


def _page(context: Context, text: str) -> None:
    if not _on_terminal(context):
        context.print(text)
        return
    from llmchat.app.pager import page
    from llmchat.render.terminal.screen import size_of

    stdout, environ = context.world.stdout, context.world.environ
    page(text, stdout, height=size_of(stdout, environ).rows, environ=environ)


def _agreed(context: Context, question: str) -> bool:
    from llmchat.app.streams import is_terminal
    from llmchat.errors import UsageError

    world = context.world
    if not (is_terminal(world.stdin) and is_terminal(world.stderr)):
        raise UsageError("purging is for good and wants a yes", hint="--yes says it in a script")
    world.stderr.write(f"{question} [y/N] ")
    world.stderr.flush()
    return world.stdin.readline().strip().lower() in ("y", "yes", "д", "да")
