"""`llmchat code`: a code block of an answer that is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = """\b
Examples:
  llmchat code                     the first block of the last answer
  llmchat code last 3 > sort.py
  llmchat code last --list
"""


@app.command(epilog=EXAMPLES)
def code(
    ctx: typer.Context,
    conversation: Annotated[
        str, typer.Argument(metavar="ID", help="An id, its beginning, a title or `last`.")
    ] = "last",
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="Which block.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="Say which blocks there are.")] = False,
    json: options.Json = False,
) -> None:
    """Print the N-th code block of the last answer with code in it."""
    from llmchat.app.code_blocks import blocks_of, chosen_block, overview
    from llmchat.app.context import Context
    from llmchat.app.streams import is_terminal, open_stdout
    from llmchat.render.clean import clean
    from llmchat.render.plain import write_whole

    context = Context(ctx.obj)
    blocks = blocks_of(context.history, conversation)
    if json:
        rows = [
            {"number": n, "language": b.language, "text": b.text} for n, b in enumerate(blocks, 1)
        ]
        context.print_json(rows)
    elif every:
        context.print(overview(blocks))
    else:
        stdout = open_stdout(context.world.stdout)
        tty = is_terminal(stdout)
        text = chosen_block(blocks, 1 if number is None else number).text
        write_whole(stdout, clean(text) if tty else text, tty=tty)
