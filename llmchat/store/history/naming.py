"""Names of a conversation: its id, and the title made from its first question."""

from __future__ import annotations

import os
import re

TITLE_LENGTH = 60
ID_LENGTH = 10  # 50 random bits: a million conversations collide once in two thousand histories
# Without i, l, o, u, so that no id is a word like `last`.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# A fenced block, with the name of the file it comes from on the line above.
FENCED = re.compile(r"^(?:\S+:\n)?(`{3,})[^`\n]*\n.*?(?:^\1`*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_NEEDS_ROOM = 0.6  # of the title's length: only a word longer than the rest is cut


def new_id() -> str:
    bits = int.from_bytes(os.urandom(8), "big")
    return "".join([_ALPHABET[bits >> 5 * n & 31] for n in range(ID_LENGTH)])


def title_of(question: str) -> str:
    """The first words of a question, on one line; files and code blocks are used only if there is
    nothing else."""
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
