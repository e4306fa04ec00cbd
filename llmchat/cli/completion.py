"""`llmchat completion`: print a shell completion script."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from llmchat.cli import options
from llmchat.completion.scripts import FILES, script
from llmchat.errors import StorageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = options.examples(
    "source <(llmchat completion bash)",
    "llmchat completion zsh > ~/.zfunc/_llmchat",
    "llmchat completion fish > ~/.config/fish/completions/llmchat.fish",
)


@app.command(epilog=EXAMPLES)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"],
        typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell."),
    ],
    color: options.Color = None,
) -> int:
    """Print a shell completion script."""
    text = script(shell)
    if not text:
        raise StorageError(f"{FILES[shell]} is missing", hint="reinstall llmchat-cli")
    options.open_bare(ctx, color=color).print(text.rstrip("\n"))
    return 0
