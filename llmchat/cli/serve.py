"""`llmchat serve`: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = options.examples(
    "llmchat serve",
    "llmchat serve -p gigachat --port 9000",
    "llmchat serve --show-key",
)


@app.command(epilog=EXAMPLES)
def serve(
    ctx: typer.Context,
    provider: Annotated[
        list[str] | None,
        typer.Option("-p", "--provider", metavar="NAME", help="Serve only this provider."),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Address to listen on (127.0.0.1).")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port (8642).")
    ] = 8642,
    key_file: Annotated[
        str | None,
        typer.Option("--key-file", metavar="FILE", help="Use the key in a file."),
    ] = None,
    no_key: Annotated[
        bool, typer.Option("--no-key", help="Ask clients for no key (this computer only).")
    ] = False,
    show_key: Annotated[bool, typer.Option("--show-key", help="Print the key and exit.")] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="URL", help="Let pages of this origin ask."),
    ] = None,
    allow_keyless: Annotated[
        list[str] | None,
        typer.Option("--allow-keyless", metavar="NAME", help="Serve this keyless service too."),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Save the conversations to the history.")
    ] = False,
    jsonl_log: Annotated[
        str | None,
        typer.Option("--jsonl-log", metavar="FILE", help="Append one JSON line per request."),
    ] = None,
) -> int:
    """Serve your models to programs that speak OpenAI's API."""
    from llmchat.app.serve.options import ServeOptions
    from llmchat.app.serve.serve import serve as start
    from llmchat.app.serve.serve import show_key as print_key

    context = options.open_context(ctx)
    if show_key:
        print_key(context)
        return 0
    given = ServeOptions(
        providers=tuple(provider or ()),
        host=host,
        port=port,
        key_file=key_file or "",
        no_key=no_key,
        origins=tuple(url.rstrip("/") for url in origin or ()),
        keyless=tuple(allow_keyless or ()),
        save=save,
        jsonl_log=jsonl_log or "",
    )
    return start(context, given)
