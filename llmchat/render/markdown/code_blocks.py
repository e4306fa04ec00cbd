"""The code blocks of an answer, with the numbers that are shown: for `-x` and `/copy N`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from llmchat.render.markdown.pieces import VerbatimEnd, VerbatimLine, VerbatimStart
from llmchat.render.markdown.reader import Blocks


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code block; the text is exact, with the end of every line."""

    language: str
    text: str


def code_blocks(markdown: str) -> list[CodeBlock]:
    """The code blocks in order; the N-th is shown as `[N]`."""
    blocks = Blocks()
    found: list[CodeBlock] = []
    lines: list[str] | None = None
    for piece in blocks.feed(markdown) + blocks.finish():
        match piece:
            case VerbatimStart("code", info, _):
                found.append(CodeBlock(language(info), ""))
                lines = []
            case VerbatimLine(text, ends) if lines is not None:
                lines.append(text + "\n" * ends)
            case VerbatimEnd() if lines is not None:
                found[-1] = replace(found[-1], text="".join(lines))
                lines = None
    return found


def language(info: str) -> str:
    """The language after a fence: `python` of `python title="x"` and `python:main.py`."""
    words = info.replace(",", " ").replace("{", " ").replace(":", " ").split()
    return words[0].strip(".}") if words else ""
