"""`llmchat code`: print a code block of a saved answer."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from llmchat.cli import options
from llmchat.cli.options import argument, flag
from llmchat.cli.output import print_json, print_table, write_text
from llmchat.language import msg

app = options.CommandApp()

SHORT_NUMBER = re.compile("[0-9]{1,3}")  # on its own, it is a block number; an ID is longer


@app.add(
    "llmchat code                     the first block of the last answer",
    "llmchat code 2 > sort.py         its second block",
    "llmchat code last --list",
)
def code(
    ctx: typer.Context,
    conversation: options.Ref = "last",
    number: Annotated[int | None, argument("The number of the block.", metavar="N")] = None,
    every: Annotated[bool, flag("--list", "List the blocks.")] = False,
    json: options.JsonArray = False,
) -> None:
    """Print a code block of the last answer that has one."""
    from llmchat.app.history.code_blocks import answer_with_code, choose_block, overview
    from llmchat.render.markdown.code_blocks import code_blocks

    if number is None and SHORT_NUMBER.fullmatch(conversation):
        conversation, number = "last", int(conversation)
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
        block = choose_block(answer, wanted, hint=msg("llmchat code last --list"))
        write_text(context, block.text)
