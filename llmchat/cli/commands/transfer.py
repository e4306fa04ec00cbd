"""`llmchat history export` and `llmchat history import`: conversations as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer

from llmchat.app.run.streams import is_terminal
from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, write_text
from llmchat.language import msg

STDIN = "stdin"
EXPORTS = options.examples(
    "llmchat history export last > answer.md",
    "llmchat history export last -f html -O answer.html",
    "llmchat history export --all -f json -O backup.json",
)
IMPORTS = options.examples(
    "llmchat history import backup.json",
    "llmchat history import ~/.config/io.datasette.llm/logs.db",
    "llmchat history import conversations.json --json",
    "ssh HOST llmchat history export --all -f json | llmchat history import -",
)


def export(
    ctx: typer.Context,
    conversations: options.AnyRefs = None,
    every: Annotated[bool, flag("--all", "Export every conversation.")] = False,
    form: Annotated[
        str | None, flag("-f --format FORM", "Format: markdown, json, jsonl or html.")
    ] = None,
    output: Annotated[str | None, flag("-O --output FILE", "Write to this file.")] = None,
) -> None:
    """Write conversations as Markdown, HTML, or JSON that `import` reads back."""
    from llmchat.app.history.export import choose_form, write_export
    from llmchat.errors import UsageError

    context = options.open_bare(ctx)
    if every and conversations:
        raise UsageError(
            msg("--all and an ID cannot be combined"), hint=msg("llmchat history export --all")
        )
    history = context.history
    refs = conversations or ["last"]
    rows = history.recent(limit=-1) if every else history.find_each(refs)
    chosen = choose_form(form, output)
    if output:
        with context.report.work(msg("exporting to {output}", output=output)) as work:
            work.expect(len(rows))
            write_export(history, work.track(rows), Path(output), form=chosen)
        context.report.notice(msg("Exported {count} to {output}", count=len(rows), output=output))
        return
    from llmchat.store.transfer.export import export as exported

    if is_terminal(context.world.stdout):  # the export scrolls by, which is progress enough
        for piece in exported(history, rows, form=chosen):
            write_text(context, piece)
        return
    with context.report.work(msg("exporting")) as work:
        work.expect(len(rows))
        for piece in exported(history, work.track(rows), form=chosen):
            write_text(context, piece)


def import_(
    ctx: typer.Context,
    files: Annotated[
        list[str], argument("The files to import (-: from stdin).", metavar="FILE...")
    ],
    json: options.JsonArray = False,
) -> None:
    """Read conversations: llmchat's export or history.db, llm's logs.db, ChatGPT's
    conversations.json or zip. Existing ones are not added again."""
    from llmchat.inputs.prompt import refuse_address
    from llmchat.store.history.merging.portable import Skipped
    from llmchat.store.transfer.importing import import_file

    context = options.open_bare(ctx)
    taken = []
    for file in files:
        refuse_address(file)
        skipped = Skipped()
        piped = file == "-"
        added = import_file(
            context.history,
            Path(STDIN) if piped else context.world.cwd / file,
            pipe=(context.world.stdin or BytesIO()) if piped else None,
            show_work=context.report.work,
            skipped=skipped,
        )
        taken.append((file, added, skipped))
    if json:
        rows = [a._asdict() | {"skipped": s.total, "file": f} for f, a, s in taken]
        print_json(context, rows)
        return
    for file, added, skipped in taken:
        left_out = (
            msg("; skipped {total:,} malformed", total=skipped.total) if skipped.total else ""
        )
        context.report.notice(
            msg(
                "{file} ({origin}): imported {conversations:,} conversations ({messages:,} "
                "messages){left_out}",
                file=STDIN if file == "-" else file,
                origin=added.origin,
                conversations=added.conversations,
                messages=added.messages,
                left_out=left_out,
            )
        )
