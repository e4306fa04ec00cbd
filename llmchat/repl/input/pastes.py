"""Pasted text in the line: a large paste is shown as a short mark, and in a small one an `@` does
not attach a file.

Why: docs/decisions/0062-large-pastes-are-folded.md.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection

from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from llmchat.inputs.mentions import FOREIGN, FOREIGN_AT, foreign, plain
from llmchat.language import msg

MOST_CHARACTERS = 2_000  # longer pastes are folded
MOST_LINES = 15
BEGINNING = 24  # characters of the text that its mark shows


class Pastes:
    """The marks of one session, and the texts they stand for."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str, *, room: int = 1, typed: Collection[str] = ()) -> str:
        """The text itself, or the mark for a large one. `typed` are mentions in it that the person
        had typed before."""
        if len(text) <= MOST_CHARACTERS * room and text.count("\n") < MOST_LINES * room:
            return foreign(text, typed)
        number, mark = 1, _mark(text, 1)
        while self._texts.get(mark, text) != text:
            number += 1
            mark = _mark(text, number)
        self._texts[mark] = text
        return mark

    def pasted(self, data: str) -> str:
        """The text that a paste puts into the line."""
        return self.fold(data.replace("\r\n", "\n").replace("\r", "\n"))

    def unfold(self, line: str) -> str:
        """The line with each mark replaced by its text. Marks inside such a text are not
        replaced."""
        pattern = self._marks_in(line)
        if not pattern:
            return plain(line)
        pattern += f"|{FOREIGN_AT}"
        return re.sub(pattern, lambda found: self._texts.get(found[0], "@"), line)

    def typed(self, line: str) -> str:
        """The line without the texts that marks stand for."""
        pattern = self._marks_in(line)
        return re.sub(pattern, " ", line) if pattern else line

    def mark_before(self, line: str) -> str:
        """The mark at the end of the line, which one Backspace deletes; "" if there is none."""
        if line.endswith(FOREIGN_AT):
            return FOREIGN_AT
        return next((mark for mark in self._texts if line.endswith(mark)), "")

    def _marks_in(self, line: str) -> str:
        """A pattern that matches the marks in the line, the longest first."""
        marks = [mark for mark in self._texts if mark in line]
        return "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))


class Unseen(Processor):
    """Hides the character that marks a pasted `@`, because terminals disagree about its width, and
    maps cursor positions accordingly."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = transformation_input.fragments
        text = fragment_list_to_text(fragments)
        if FOREIGN not in text:
            return Transformation(fragments)
        signs = [at for at, letter in enumerate(text) if letter == FOREIGN]
        seen = [at for at, letter in enumerate(text) if letter != FOREIGN]
        drawn = [piece for piece in explode_text_fragments(fragments) if piece[1] != FOREIGN]
        return Transformation(
            drawn,
            source_to_display=lambda at: at - bisect_left(signs, at),
            display_to_source=lambda at: seen[at] if at < len(seen) else at + len(signs),
        )


def _mark(text: str, number: int) -> str:
    shown = "".join(c if c.isprintable() and c not in "[]" else " " for c in text[:200])
    beginning = " ".join(shown.split())[:BEGINNING].rstrip()
    lines = text.count("\n") + (not text.endswith("\n"))
    count = (
        msg("{lines:,} lines", lines=lines)
        if lines > 1
        else msg("{count:,} characters", count=len(text))
    )
    again = f" #{number}" if number > 1 else ""
    return f"[{count}{again}: {beginning}…]"
