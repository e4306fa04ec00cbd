"""`llmchat completion`: the completion script of a shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from llmchat.cli import options
from llmchat.errors import StorageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

FILES = {
    "bash": "llmchat.bash",
    "zsh": "_llmchat",
    "fish": "llmchat.fish",
    "powershell": "llmchat.ps1",
}
PACKAGE = Path(__file__).parents[1]
FOLDERS = (PACKAGE / "data" / "completions", PACKAGE.parent / "completions")  # a clone has the last

EXAMPLES = """\b
Examples:
  source <(llmchat completion bash)
  llmchat completion zsh > ~/.zfunc/_llmchat
  llmchat completion fish > ~/.config/fish/completions/llmchat.fish
"""


@app.command(epilog=EXAMPLES)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"],
        typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell."),
    ],
    color: options.Color = None,
) -> int:
    """Print the completion script of a shell."""
    from llmchat.app.run import Run

    Run(ctx.obj, options.flags(color=color)).print(script(shell).rstrip("\n"))
    return 0


def script(shell: str) -> str:
    """The bytes that `completions/` holds."""
    for folder in FOLDERS:
        place = folder / FILES[shell]
        if place.exists():
            return place.read_text("utf-8")
    raise StorageError(f"{FILES[shell]} is not installed", hint="install llmchat-cli once more")
