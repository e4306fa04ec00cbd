"""Decides when Enter starts a new line: inside an open code fence, and after a backslash."""

from __future__ import annotations

import re

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")


def in_fence(text: str) -> bool:
    """Whether the text ends inside a block of code."""
    fence = ""
    for line in text.split("\n"):
        found = FENCE.match(line)
        if not found:
            continue
        marks, info = found[1], found[2]
        if not fence and not (marks[0] == "`" and "`" in info):
            fence = marks
        elif fence and marks.startswith(fence) and not info.strip():
            fence = ""
    return bool(fence)


def continues(text: str) -> bool:
    """Whether the line before the cursor ends with a backslash that continues it."""
    ending = len(text) - len(text.rstrip("\\"))
    return ending % 2 == 1 and not in_fence(text)
