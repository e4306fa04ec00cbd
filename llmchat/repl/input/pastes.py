"""Large pastes: a short mark stands in the line for the text that is sent."""

from __future__ import annotations

import re

MOST_CHARACTERS = 2_000  # more than a screenful is folded
MOST_LINES = 15
BEGINNING = 24  # characters of the text that its mark shows


class Pastes:
    """Marks and their texts, for one session."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str, *, room: int = 1) -> str:
        """The text itself, or the mark of a large one."""
        if len(text) <= MOST_CHARACTERS * room and text.count("\n") < MOST_LINES * room:
            return text
        number, mark = 1, _mark(text, 1)
        while self._texts.get(mark, text) != text:
            number += 1
            mark = _mark(text, number)
        self._texts[mark] = text
        return mark

    def unfold(self, line: str) -> str:
        """The line with every mark replaced by its text; what is inside a text stays."""
        marks = [mark for mark in self._texts if mark in line]
        if not marks:
            return line
        pattern = "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))
        return re.sub(pattern, lambda found: self._texts[found[0]], line)

    def mark_before(self, line: str) -> str:
        """The mark that ends the line: one Backspace takes all of it."""
        return next((mark for mark in self._texts if line.endswith(mark)), "")


def _mark(text: str, number: int) -> str:
    shown = "".join(c if c.isprintable() and c not in "[]" else " " for c in text[:200])
    beginning = " ".join(shown.split())[:BEGINNING].rstrip()
    lines = text.count("\n") + (not text.endswith("\n"))
    count = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
    again = f" #{number}" if number > 1 else ""
    return f"[{count}{again}: {beginning}…]"
