"""`llmchat ask`: its flags and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.language import msg

if TYPE_CHECKING:
    from llmchat.app.ask.input.question import AnswerForm

app = options.CommandApp()


class AskFlags(options.Flags):
    prompt: list[str] | None = argument("The question; - reads it from stdin.")
    file: list[str] | None = flag(
        "-f --file PATH|URL|-", "Add a file, folder or URL to the prompt."
    )
    attach: list[str] | None = flag("-a --attach PATH|-", "Attach an image or a document.")
    vs: list[str] | None = flag("--vs MODEL", "Ask several models at once; once for each model.")
    continue_: options.Continue = False
    cid: options.Cid = None
    extract: int | None = flag("-x --extract [N]", "Print only the first (or N-th) code block.")
    extract_last: bool = flag("--xl", "Print only the last code block.")
    count: bool = flag("--count", "Only count the tokens; do not ask.")
    dry_run: bool = flag("--dry-run", "Show what would be sent, and to whom; send nothing.")
    edit: bool = flag("--edit", "Write the question in your editor first.")
    quiet: options.Quiet = False
    output: str | None = flag("-O --output FILE", "Write the answer to a file.")
    json: options.Json = False
    jsonl: bool = flag("--jsonl", "Print JSON events, one per line.")
    raw: bool = flag("--raw", "Print plain text, even at a terminal.")
    markdown: bool = flag("--markdown", "Render Markdown, even into a pipe.")

    @property
    def form(self) -> AnswerForm:
        forms: tuple[AnswerForm, ...] = ("json", "jsonl", "raw", "markdown")
        chosen = [form for form in forms if getattr(self, form)]
        named = [f"--{form}" for form in chosen]
        options.check_exclusive(named, hint=msg("see llmchat ask --help"))
        return chosen[0] if chosen else ""


@app.add(
    'llmchat ask "What is a monad?"',
    'git diff --staged | llmchat ask "Write a commit message"',
    'llmchat ask -p ollama -m llama3.2 -f notes.md "Summarise in three lines" -O summary.md',
)
@options.with_flags
def ask(
    ctx: typer.Context,
    flags: AskFlags,
    schema: options.SchemaFlags,
    tools: options.ToolFlags,
    service: options.ServiceFlags,
) -> int:
    """Ask one question. Piped text is added to it; stdout gets the answer and nothing else."""
    from llmchat.app.ask import ask as use_case
    from llmchat.app.ask.input.question import AskOptions

    context = options.open_context(ctx, quiet=flags.quiet, **service.settings())
    given = AskOptions(
        words=tuple(flags.prompt or ()),
        files=tuple(flags.file or ()),
        attachments=tuple(flags.attach or ()),
        continued=flags.continue_,
        cid=options.named_conversation(flags.cid),
        form=flags.form,
        edits=flags.edit,
        extract=-1 if flags.extract_last else flags.extract,
        output="" if flags.output in (None, "-") else flags.output,
        **vars(schema),
        **tools.given(),
    )
    if flags.vs:
        from llmchat.app.compare.compare import compare, dry_run  # only for --vs

        return (dry_run if flags.dry_run else compare)(context, given, flags.vs)
    if flags.dry_run or flags.count:
        from llmchat.app.ask import unsent  # only for these flags

        handle = unsent.dry_run_question if flags.dry_run else unsent.count_question
        return handle(context, given)
    return use_case.ask(context, given)
