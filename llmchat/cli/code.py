"""`llmchat code`: a code block of an answer that is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.cli.output import print_json, print_table, write_text

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXAMPLES = options.examples(
    "llmchat code                     the first block of the last answer",
    "llmchat code last 3 > sort.py",
    "llmchat code last --list",
)


@app.command(epilog=EXAMPLES)
def code(
    ctx: typer.Context,
    conversation: options.Ref = "last",
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="Which block.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="Say which blocks there are.")] = False,
    json: options.Json = False,
) -> None:
    """Print the N-th code block of the last answer with code in it."""
    from llmchat.app.history.code_blocks import answer_with_code, choose_block, overview
    from llmchat.render.markdown.code_blocks import code_blocks

    context = options.open_bare(ctx)
    answer = answer_with_code(context.history, conversation)
    if json:
        blocks = enumerate(code_blocks(answer), start=1)
        rows = [{"number": n, "language": b.language, "text": b.text} for n, b in blocks]
        print_json(context, rows)
    elif every:
        print_table(context, overview(code_blocks(answer)))
    else:
        wanted = 1 if number is None else number
        block = choose_block(answer, wanted, hint="llmchat code last --list")
        write_text(context, block.text)
