"""What a conversation is called: its id, and the title that its first question makes."""

from __future__ import annotations

import os
import re

TITLE_LENGTH = 60
ID_LENGTH = 10  # 50 random bits: a million conversations meet once in two thousand histories
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o, u: never a word like `last`
# A block with its fences, and above it the name of the file that it came from.
FENCED = re.compile(r"^(?:\S+:\n)?(`{3,})[^`\n]*\n.*?(?:^\1`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_NEEDS_ROOM = 0.6  # of the title's length: a word is cut only if it is longer than the rest


def new_id() -> str:
    bits = int.from_bytes(os.urandom(8), "big")
    return "".join([_ALPHABET[bits >> 5 * n & 31] for n in range(ID_LENGTH)])


def title_of(question: str) -> str:
    """The first words of a question, in one line; files and code blocks only where there is nothing
    else."""
    if "```" in question:
        question = FENCED.sub(" ", question).strip() or question
    shown = question[: TITLE_LENGTH * 8]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else " " for c in shown)
    line = " ".join(shown.split())
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line.rfind(" ", 0, TITLE_LENGTH)
    return line[: cut if cut > TITLE_LENGTH * _NEEDS_ROOM else TITLE_LENGTH - 1] + "…"
