"""The code blocks of a new or saved answer."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.errors import NothingFound
from llmchat.language import msg
from llmchat.render.markdown.code_blocks import CodeBlock, code_blocks
from llmchat.render.tables.table import Column, Table
from llmchat.store.history.history import History

LAST = -1
BEGINNING = 200  # characters of a block in an overview


def choose_block(answer: str, number: int, *, hint: str) -> CodeBlock:
    """The code block with this number, from 1; LAST means the last one. `hint` says how to see the
    existing ones."""
    blocks = code_blocks(answer)
    place = len(blocks) if number == LAST else number
    if not 1 <= place <= len(blocks):
        if not blocks:
            raise NothingFound(msg("there are no code blocks in the answer"), hint=hint)
        problem = msg(
            "there is no code block {number} (only {count})", number=number, count=len(blocks)
        )
        raise NothingFound(problem, hint=hint)
    return blocks[place - 1]


def answer_with_code(history: History, ref: str) -> str:
    """The last answer of a conversation that contains code."""
    row = history.find(ref)
    for message in reversed(history.branch(row)):
        if message.role == "assistant" and code_blocks(message.text):
            return message.text
    raise NothingFound(
        msg("there are no code blocks in {id}", id=row.id),
        hint=msg("llmchat history show {id}", id=row.id),
    )


def overview(blocks: Sequence[CodeBlock]) -> Table:
    columns = (Column("", "id"), Column("language", "name"), Column("lines", "number"))
    cells = [
        [str(n), b.language, str(b.text.count("\n")), " ".join(b.text[:BEGINNING].split())]
        for n, b in enumerate(blocks, start=1)
    ]
    return Table((*columns, Column("begins", "title")), cells)
