"""The code blocks of an answer that is kept."""

from __future__ import annotations

from collections.abc import Sequence

from llmchat.errors import NothingFound
from llmchat.render.columns import columns
from llmchat.render.markdown.code_blocks import CodeBlock, code_blocks
from llmchat.store.history.history import History


def blocks_of(history: History, ref: str) -> list[CodeBlock]:
    """Those of the last answer that has any."""
    row = history.find(ref)
    for message in reversed(history.branch(row)):
        blocks = code_blocks(message.text) if message.role == "assistant" else []
        if blocks:
            return blocks
    raise NothingFound(
        f"no answer in {row.id} has a code block", hint=f"llmchat history show {row.id}"
    )


def chosen_block(blocks: Sequence[CodeBlock], number: int) -> CodeBlock:
    """Counted from 1."""
    if not 1 <= number <= len(blocks):
        many = "one code block" if len(blocks) == 1 else f"{len(blocks)} code blocks"
        raise NothingFound(f"the answer has {many}", hint="llmchat code last --list")
    return blocks[number - 1]


def overview(blocks: Sequence[CodeBlock]) -> str:
    cells = [
        [str(number), block.language, str(block.text.count("\n")), block.text.lstrip()[:60]]
        for number, block in enumerate(blocks, start=1)
    ]
    return columns(["", "language", "lines", "begins"], cells)
