"""`llmchat chat`: the command line of a session."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = """\b
Examples:
  llmchat chat
  llmchat chat -p ollama -m llama3.2 "Let us plan a trip"
  git diff | llmchat chat "Review this change"
  llmchat chat --resume
"""


@app.command(epilog=EXAMPLES)
def chat(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="What you say first.", show_default=False),
    ] = None,
    model: options.Model = None,
    provider: options.Provider = None,
    system: options.System = None,
    template: Annotated[
        str | None,
        typer.Option("-t", "--template", metavar="NAME", help="A template; `name=value` fills it."),
    ] = None,
    option: options.Options = None,
    effort: options.Effort = None,
    continue_: options.Continue = False,
    cid: options.Cid = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Choose a conversation to go on with.")
    ] = False,
    no_save: Annotated[
        bool, typer.Option("-n", "--no-save", help="Keep nothing: no history, no draft.")
    ] = False,
    usage: options.Usage = False,
    quiet: options.Quiet = False,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Ask for answers in one piece.")
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
    """Talk in a session that remembers. Piped text joins what you say first."""
    from llmchat.app.chat import ChatOptions
    from llmchat.app.chat import chat as talk
    from llmchat.app.context import Context

    given = {"--continue": continue_, "--cid": bool(cid), "--resume": resume}
    chosen = [name for name, wanted in given.items() if wanted]
    if len(chosen) > 1:
        raise UsageError(f"{chosen[0]} and {chosen[1]} exclude each other", hint="choose one")
    chatted = ChatOptions(
        words=tuple(words or ()),
        continued=continue_,
        cid=cid or "",
        resume=resume,
        allow_secrets=allow_secrets,
    )
    return talk(Context(ctx.obj, options.service_flags(ctx), quiet=quiet), chatted)
