"""`llmchat completion`: print a shell completion script."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.completion.scripts import FILES, KEYS, key_script, script
from llmchat.errors import StorageError
from llmchat.language import msg

app = options.CommandApp()


@app.add(
    "source <(llmchat completion bash)",
    "llmchat completion zsh > ~/.zfunc/_llmchat",
    "source <(llmchat completion zsh --keys)",
    "llmchat completion fish > ~/.config/fish/completions/llmchat.fish",
)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"],
        argument("bash, zsh, fish or powershell.", metavar="SHELL"),
    ],
    keys: Annotated[
        bool, flag("--keys", "Print a key binding instead: Alt-E writes commands.")
    ] = False,
    color: options.Color = None,
) -> int:
    """Print a shell completion script, or a key binding."""
    text = key_script(shell) if keys else script(shell)
    if not text:
        missing = KEYS[shell] if keys else FILES[shell]
        raise StorageError(
            msg("{missing} is missing", missing=missing), hint=msg("reinstall llmchat-cli")
        )
    options.open_bare(ctx, color=color).print(text.rstrip("\n"))
    return 0
