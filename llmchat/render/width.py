"""Counts the cells of a text, never fewer than a terminal uses.

Terminals disagree about joined emoji: the sum of the parts is the most that any of them uses, so a
row that fits by this measure fits everywhere.
"""

from __future__ import annotations

from itertools import pairwise
from unicodedata import category, east_asian_width

SELECTOR = "\ufe0f"  # makes the emoji before it two cells wide on terminals that support it
NARROW = "\u1100"  # below it no character is wide; combining marks have no width
FILLER = "\u3164"  # of Hangul, an invisible letter


class _Cells(dict[str, int]):
    """Caches the width of each character."""

    def __missing__(self, char: str) -> int:
        if _is_plain(char):
            cells = self[char] = 1
            return cells
        if _is_wide(char):
            cells = self[char] = 2
            return cells
        from wcwidth import wcwidth  # 5 to 20 ms, only for marks, emoji and rarer scripts

        cells = self[char] = max(0, wcwidth(char))
        return cells


def _is_plain(char: str) -> bool:
    """Whether a character has one cell everywhere, without a look-up."""
    narrow = char < NARROW or "\u2010" <= char <= "\u2027"  # dashes, quotes, the ellipsis
    return narrow and char.isprintable() and category(char)[0] != "M"


def _is_wide(char: str) -> bool:
    """Whether it is a letter, digit or stop of Chinese, Japanese or Korean: two cells
    everywhere."""
    return east_asian_width(char) in "WF" and category(char)[0] in "LNP" and char != FILLER


CELLS = _Cells()


def width(text: str) -> int:
    if text.isascii():
        return len(text)
    cells = sum([CELLS[char] for char in text])
    if SELECTOR in text:
        cells += _selected(text)
    return cells


def _selected(text: str) -> int:
    """The extra cells for narrow characters followed by the selector."""
    pairs = [before for before, char in pairwise(text) if char == SELECTOR]
    return sum([CELLS[before] == 1 and before != " " for before in pairs])


def char_width(char: str) -> int:
    return CELLS[char]


def head_fitting(text: str, cells: int) -> int:
    """How many characters of `text` fit into `cells`; marks stay with their base."""
    if text.isascii():
        return min(len(text), cells)
    used, previous = 0, 0
    for index, char in enumerate(text):
        own = CELLS[char]
        if char == SELECTOR and previous == 1:
            own = 1
        used, previous = used + own, CELLS[char] if char != " " else 0
        if used > cells:
            return index - 1 if char == SELECTOR else index
    return len(text)


def cut(line: str, cells: int) -> str:
    """The line, cut with an ellipsis if it is too long."""
    if width(line) <= cells:
        return line
    return line[: head_fitting(line, cells - 1)] + "…"
