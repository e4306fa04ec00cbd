"""`llmchat ask`: its flags and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.errors import UsageError

if TYPE_CHECKING:
    from llmchat.app.ask.ask import AnswerForm

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = options.examples(
    'llmchat ask "What is a monad?"',
    'git diff --staged | llmchat ask "Write a commit message"',
    'llmchat ask -p ollama -m llama3.2 -f notes.md "Summarise in three lines" -O summary.md',
)


@app.command(epilog=EXAMPLES)
@options.with_service_flags
def ask(
    ctx: typer.Context,
    prompt: Annotated[
        list[str] | None,
        typer.Argument(help="The question; - reads it from stdin.", show_default=False),
    ] = None,
    *,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "-f", "--file", metavar="PATH|URL|-", help="Add a file, folder or URL to the prompt."
        ),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option("-a", "--attach", metavar="PATH", help="Attach an image or a document."),
    ] = None,
    vs: Annotated[
        list[str] | None,
        typer.Option(
            "--vs", metavar="MODEL", help="Ask several models at once; once for each model."
        ),
    ] = None,
    continue_: options.Continue = False,
    cid: options.Cid = None,
    extract: Annotated[
        int | None,
        typer.Option(
            "-x", "--extract", metavar="[N]", help="Print only the first (or N-th) code block."
        ),
    ] = None,
    extract_last: Annotated[
        bool, typer.Option("--xl", help="Print only the last code block.")
    ] = False,
    count: Annotated[
        bool, typer.Option("--count", help="Only count the tokens; do not ask.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and to whom; send nothing.")
    ] = False,
    edit: Annotated[
        bool, typer.Option("--edit", help="Write the question in your editor first.")
    ] = False,
    quiet: options.Quiet = False,
    output: Annotated[
        str | None,
        typer.Option("-O", "--output", metavar="FILE", help="Write the answer to a file."),
    ] = None,
    json: options.Json = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print JSON events, one per line.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print plain text, even at a terminal.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Render Markdown, even into a pipe.")
    ] = False,
    schema: options.Schema = None,
    schema_list: options.SchemaList = False,
    schema_retries: options.SchemaRetries = None,
    tool: options.Tools = None,
    no_tools: options.NoTools = False,
    allow: options.Allow = None,
    max_rounds: options.MaxRounds = None,
    allow_secrets: options.AllowSecrets = False,
    settings: dict[str, object],
) -> int:
    """Ask one question. Piped text is added to it; stdout gets the answer and nothing else."""
    from llmchat.app.ask import ask as use_case

    context = options.open_context(ctx, quiet=quiet, **settings)
    given = use_case.AskOptions(
        words=tuple(prompt or ()),
        files=tuple(file or ()),
        attachments=tuple(attach or ()),
        continued=continue_,
        cid=cid or "",
        allow_secrets=allow_secrets,
        form=_form(json=json, jsonl=jsonl, raw=raw, markdown=markdown),
        edits=edit,
        extract=-1 if extract_last else extract,
        output="" if output in (None, "-") else output,
        schema=schema,
        schema_list=schema_list,
        schema_retries=schema_retries,
        tools=() if no_tools else tuple(tool or ()),
        allow=tuple(allow or ()),
        max_rounds=max_rounds,
    )
    if vs:
        from llmchat.app.compare.compare import compare, rehearse  # only for --vs

        return (rehearse if dry_run else compare)(context, given, vs)
    if dry_run:
        return use_case.rehearse_question(context, given)
    return use_case.count_question(context, given) if count else use_case.ask(context, given)


def _form(*, json: bool, jsonl: bool, raw: bool, markdown: bool) -> AnswerForm:
    given: dict[AnswerForm, bool] = {"json": json, "jsonl": jsonl, "raw": raw, "markdown": markdown}
    chosen = [name for name, wanted in given.items() if wanted]
    if len(chosen) > 1:
        raise UsageError(
            f"--{chosen[0]} and --{chosen[1]} cannot be combined", hint="see llmchat ask --help"
        )
    return chosen[0] if chosen else ""
