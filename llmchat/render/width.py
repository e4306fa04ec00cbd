"""Counts the cells of a text, never fewer than a terminal uses.

Terminals disagree about joined emoji: the sum of the parts is the most any of them takes, so a
row that fits by this measure fits everywhere.
"""

from __future__ import annotations

from itertools import pairwise
from unicodedata import category, east_asian_width

SELECTOR = "\ufe0f"  # makes the emoji before it two cells wide where it is obeyed
NARROW = "\u1100"  # below it nothing is wide; combining marks are
FILLER = "\u3164"  # of Hangul, a letter that nobody sees


class _Cells(dict[str, int]):
    """The width of each character met so far."""

    def __missing__(self, char: str) -> int:
        if _is_plain(char):
            cells = self[char] = 1
            return cells
        if _is_wide(char):
            cells = self[char] = 2
            return cells
        from wcwidth import wcwidth  # 5 to 20 ms, for marks, emoji and rarer scripts only

        cells = self[char] = max(0, wcwidth(char))
        return cells


def _is_plain(char: str) -> bool:
    """A character that is one cell everywhere, and no more work."""
    narrow = char < NARROW or "\u2010" <= char <= "\u2027"  # dashes, quotes, the ellipsis
    return narrow and char.isprintable() and category(char)[0] != "M"


def _is_wide(char: str) -> bool:
    """A letter, digit or stop of Chinese, Japanese or Korean, two cells everywhere."""
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
    """One more cell for each narrow character that is followed by the selector."""
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
    """The line, ended with an ellipsis where it is too long."""
    if width(line) <= cells:
        return line
    return line[: head_fitting(line, cells - 1)] + "…"
