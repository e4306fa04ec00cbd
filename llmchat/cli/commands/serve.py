"""`llmchat serve`: its flags."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import flag

app = options.CommandApp()


class ServeFlags(options.Flags):
    provider: list[str] | None = flag("-p --provider NAME", "Serve only this provider.")
    host: Annotated[str, flag("--host HOST", "Address to listen on (127.0.0.1).")] = "127.0.0.1"
    port: Annotated[int, flag("--port N", "Port (8642).", min=0, max=65535)] = 8642
    key_file: str | None = flag("--key-file FILE", "Use the key in a file.")
    no_key: bool = flag("--no-key", "Do not require a key (this computer only).")
    show_key: bool = flag("--show-key", "Print the key and exit.")
    origin: list[str] | None = flag("--origin URL", "Allow requests from pages of this origin.")
    allow_keyless: list[str] | None = flag(
        "--allow-keyless NAME", "Serve this keyless service too."
    )
    save: bool = flag("--save", "Save the conversations to the history.")
    jsonl_log: str | None = flag("--jsonl-log FILE", "Append one JSON line per request.")


@app.add(
    "llmchat serve",
    "llmchat serve -p gigachat --port 9000",
    "llmchat serve --show-key",
)
@options.with_flags
def serve(ctx: typer.Context, flags: ServeFlags) -> int:
    """Serve your models to programs that speak OpenAI's API."""
    from llmchat.app.serve import serve as use_case
    from llmchat.app.serve.options import ServeOptions

    context = options.open_context(ctx)
    if flags.show_key:
        use_case.show_key(context)
        return 0
    given = ServeOptions(
        providers=tuple(flags.provider or ()),
        host=flags.host,
        port=flags.port,
        key_file=flags.key_file or "",
        no_key=flags.no_key,
        origins=tuple(url.rstrip("/").lower() for url in flags.origin or ()),
        keyless=tuple(flags.allow_keyless or ()),
        save=flags.save,
        jsonl_log=flags.jsonl_log or "",
    )
    return use_case.serve(context, given)
