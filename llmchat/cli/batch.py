"""`llmchat batch`: its flags and arguments."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from llmchat.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = options.examples(
    "llmchat batch questions.txt --out answers.jsonl",
    'llmchat batch cities.csv "Translate {{ city }} into German" --out german.jsonl',
    "llmchat batch rows.jsonl -m gigachat/GigaChat-2-Pro --out pro.jsonl --resume",
    "llmchat batch photos.csv -a '{{ file }}' \"What is this?\" --limit 3",
)


@app.command(epilog=EXAMPLES)
@partial(options.with_service_flags, without=("no_save", "usage"))
def batch(
    ctx: typer.Context,
    input_: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A file of prompts: lines, JSONL or CSV; - is stdin.",
            show_default=False,
        ),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Put before each prompt; `{{column}}` is filled in from the row.",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Append one JSON line per prompt to a file."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Skip what the file of --out has answered already.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", help="Ask this many at a time (4)."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="Ask at most this many.")
    ] = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Write the lines in the order of the input.")
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first prompt that fails.")
    ] = False,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="Format of the input: lines, jsonl or csv."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--file",
            metavar="PATH|URL",
            help="Add a file, folder or URL to each prompt; may contain `{{column}}`.",
        ),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            "-a",
            "--attach",
            metavar="PATH",
            help="Attach an image or a document; may contain `{{column}}`.",
        ),
    ] = None,
    schema: options.Schema = None,
    schema_list: options.SchemaList = False,
    schema_retries: options.SchemaRetries = None,
    tool: options.Tools = None,
    no_tools: options.NoTools = False,
    allow: options.Allow = None,
    max_rounds: options.MaxRounds = None,
    save: Annotated[
        bool, typer.Option("--save", help="Save the conversations to the history.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check the input, show the first request; send nothing."),
    ] = False,
    quiet: options.Quiet = False,
    allow_secrets: options.AllowSecrets = False,
    settings: dict[str, object],
) -> int:
    """Ask every prompt of a file, and get one JSON line for each."""
    from llmchat.app.batch.batch import batch as ask_all
    from llmchat.app.batch.plan import BatchOptions

    context = options.open_context(ctx, quiet=quiet, **settings)
    given = BatchOptions(
        file=input_,
        words=tuple(words or ()),
        format=format_ or "",
        files=tuple(file or ()),
        attachments=tuple(attach or ()),
        out="" if out in (None, "-") else out,
        jobs=jobs,
        resume=resume,
        limit=limit,
        fail_fast=fail_fast,
        ordered=ordered,
        save=save,
        dry_run=dry_run,
        schema=schema,
        schema_list=schema_list,
        schema_retries=schema_retries,
        tools=() if no_tools else tuple(tool or ()),
        allow=tuple(allow or ()),
        max_rounds=max_rounds,
        allow_secrets=allow_secrets,
    )
    return ask_all(context, given)
