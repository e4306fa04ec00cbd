"""`llmchat ask`: the command line of one question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmchat.cli import options
from llmchat.errors import UsageError

if TYPE_CHECKING:
    from llmchat.app.ask import Form

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = """\b
Examples:
  llmchat ask "What is a monad?"
  git diff --staged | llmchat ask "Write a commit message"
  llmchat ask -p ollama -m llama3.2 -f notes.md "Summarise in three lines" -O summary.md
"""


@app.command(epilog=EXAMPLES)
def ask(
    ctx: typer.Context,
    prompt: Annotated[
        list[str] | None,
        typer.Argument(help="The question; - reads it from stdin.", show_default=False),
    ] = None,
    model: options.Model = None,
    provider: options.Provider = None,
    system: options.System = None,
    template: Annotated[
        str | None,
        typer.Option("-t", "--template", metavar="NAME", help="A template; `name=value` fills it."),
    ] = None,
    option: options.Options = None,
    file: Annotated[
        list[str] | None,
        typer.Option("-f", "--file", metavar="PATH|URL|-", help="Join this text to the prompt."),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option("-a", "--attach", metavar="PATH", help="Send an image or a document along."),
    ] = None,
    continue_: options.Continue = False,
    cid: options.Cid = None,
    no_save: Annotated[
        bool, typer.Option("-n", "--no-save", help="Keep nothing in the history.")
    ] = False,
    extract: Annotated[
        int | None,
        typer.Option("-x", "--extract", metavar="[N]", help="Only the first (N-th) code block."),
    ] = None,
    extract_last: Annotated[bool, typer.Option("--xl", help="Only the last code block.")] = False,
    count: Annotated[
        bool, typer.Option("--count", help="Only count the tokens; nothing is asked.")
    ] = False,
    usage: options.Usage = False,
    quiet: options.Quiet = False,
    output: Annotated[
        str | None,
        typer.Option("-O", "--output", metavar="FILE", help="Write the whole answer to a file."),
    ] = None,
    json: options.Json = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="JSON events as they come.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The text as it comes, not rendered.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Rendered Markdown, also into a pipe.")
    ] = False,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Ask for the answer in one piece.")
    ] = False,
    proxy: options.Proxy = None,
    fallback: options.Fallback = None,
    timeout: options.Timeout = None,
    connect_timeout: options.ConnectTimeout = None,
    first_token_timeout: options.FirstToken = None,
    stall_timeout: options.Stall = None,
    content_timeout: options.Content = None,
    max_input: Annotated[
        str | None,
        typer.Option("--max-input", metavar="SIZE", help="Largest text from stdin (10MB)."),
    ] = None,
    allow_secrets: options.AllowSecrets = False,
    no_wait: options.NoWait = False,
    color: options.Color = None,
) -> int:
    """Ask one question. Piped text joins it; the answer is all that stdout gets."""
    from llmchat.app.ask import AskOptions, count_question
    from llmchat.app.ask import ask as answer
    from llmchat.app.context import Context

    asked = AskOptions(
        words=tuple(prompt or ()),
        files=tuple(file or ()),
        attachments=tuple(attach or ()),
        continued=continue_,
        cid=cid or "",
        allow_secrets=allow_secrets,
        form=_form(json=json, jsonl=jsonl, raw=raw, markdown=markdown),
        extract=-1 if extract_last else extract,
        output="" if output in (None, "-") else output,
    )
    context = Context(ctx.obj, options.service_flags(ctx), quiet=quiet)
    return count_question(context, asked) if count else answer(context, asked)


def _form(*, json: bool, jsonl: bool, raw: bool, markdown: bool) -> Form:
    given: dict[Form, bool] = {"json": json, "jsonl": jsonl, "raw": raw, "markdown": markdown}
    chosen = [name for name, wanted in given.items() if wanted]
    if len(chosen) > 1:
        raise UsageError(
            f"--{chosen[0]} and --{chosen[1]} exclude each other", hint="llmchat ask --help"
        )
    return chosen[0] if chosen else ""
