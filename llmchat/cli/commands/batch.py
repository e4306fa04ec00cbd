"""`llmchat batch`: its flags and arguments."""

from __future__ import annotations

from functools import partial

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag

app = options.CommandApp()


class BatchFlags(options.Flags):
    input_: str = argument("A file of prompts: lines, JSONL or CSV; - is stdin.", metavar="FILE")
    words: list[str] | None = argument(
        "Put before each prompt; `{{column}}` is filled in from the row."
    )
    out: str | None = flag("--out FILE", "Append one JSON line per prompt to a file.")
    resume: bool = flag("--resume", "Skip prompts already answered in the --out file.")
    jobs: int | None = flag("--jobs N", "Ask this many at a time (4).")
    limit: int | None = flag("--limit N", "Ask at most this many.")
    ordered: bool = flag("--ordered", "Write the lines in the order of the input.")
    fail_fast: bool = flag("--fail-fast", "Stop at the first prompt that fails.")
    format_: str | None = flag("--format NAME", "Format of the input: lines, jsonl or csv.")
    file: list[str] | None = flag(
        "-f --file PATH|URL", "Add a file, folder or URL to each prompt; may contain `{{column}}`."
    )
    attach: list[str] | None = flag(
        "-a --attach PATH", "Attach an image or a document; may contain `{{column}}`."
    )
    save: bool = flag("--save", "Save the conversations to the history.")
    dry_run: bool = flag("--dry-run", "Check the input, show the first request; send nothing.")
    quiet: options.Quiet = False


@app.add(
    "llmchat batch questions.txt --out answers.jsonl",
    'llmchat batch cities.csv "Translate {{ city }} into German" --out german.jsonl',
    "llmchat batch rows.jsonl -m gigachat/GigaChat-2-Pro --out pro.jsonl --resume",
    "llmchat batch photos.csv -a '{{ file }}' \"What is this?\" --limit 3",
)
@partial(options.with_flags, without=("no_save", "usage"))
def batch(
    ctx: typer.Context,
    flags: BatchFlags,
    schema: options.SchemaFlags,
    tools: options.ToolFlags,
    service: options.ServiceFlags,
) -> int:
    """Ask every prompt in a file, and get one JSON line for each."""
    from llmchat.app.batch.batch import batch as ask_all
    from llmchat.app.batch.plan import BatchOptions

    context = options.open_context(ctx, quiet=flags.quiet, **service.settings())
    given = BatchOptions(
        file=flags.input_,
        words=tuple(flags.words or ()),
        format=flags.format_ or "",
        files=tuple(flags.file or ()),
        attachments=tuple(flags.attach or ()),
        out="" if flags.out in (None, "-") else flags.out,
        jobs=flags.jobs,
        resume=flags.resume,
        limit=flags.limit,
        fail_fast=flags.fail_fast,
        ordered=flags.ordered,
        save=flags.save,
        dry_run=flags.dry_run,
        **vars(schema),
        **tools.given(),
    )
    return ask_all(context, given)
