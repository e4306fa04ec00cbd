"""Wraps text into lines: between words, between the characters of Chinese and Japanese, and inside
a word only if it does not fit on a line.

For text that is drawn once: messages, help, cells of tables. A growing answer is wrapped by
`terminal/wrap.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from llmchat.render.width import NARROW, SELECTOR, char_width, head_fitting, width

NO_START = frozenset("。，、．：；？！）」』】〕〉》”’…—ー々ゝ・,.:;?!)]}%")
NO_END = frozenset("（「『【〔〈《“‘([{")
JOINER = "\u200d"
MODIFIERS = frozenset(map(chr, [*range(0x1F3FB, 0x1F400), *range(0x1F1E6, 0x1F200)]))
UNSTEADY = MODIFIERS | {SELECTOR, JOINER}  # terminals disagree about the width of these
JOINTS = frozenset("/-,:?&=@")  # a long name or URL may be broken after one of these,
LESSER = "._"  # and after these if necessary

Range = tuple[int, int]


def fold(text: str, cells: int) -> list[str]:
    """Lines of at most `cells`; blanks at the end of a line are dropped."""
    return [text[start:end] for start, end in ranges(text, cells)]


def hanging(
    first: str, text: str, cells: int, *, indent: int, breaks_words: bool = True
) -> list[str]:
    """Puts `text` after `first`, with further lines indented; with `cells` 0 nothing is wrapped.
    With `breaks_words` False, a path longer than a line is left to the terminal to wrap, so that it
    is copied as a whole."""
    if not cells:
        return [first + text]
    lead = width(first)
    room = max(cells - max(lead, indent), 10)
    start, *rest = fold(text, room) if breaks_words else _by_words(text, room)
    return [first + start, *(" " * indent + line for line in rest)]


def _by_words(text: str, cells: int) -> list[str]:
    """Wraps between words; a word too long for a line begins after the others."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}".strip(" ")
        fits = width(line) <= cells or (width(word) > cells and width(lines[-1]) <= cells)
        lines[-1:] = [line] if fits else [lines[-1], word]
    return lines


def ranges(text: str, cells: int) -> list[Range]:
    """The begin and end of each line."""
    lines: list[Range] = []
    start = end = 0
    for begin, stop in _pieces(text, max(1, cells)):
        if width(text[start:stop]) > cells:
            lines += [(start, end)] if end > start else []
            start = begin
        end = stop
    return [*lines, (start, end)]


def longest_piece(text: str) -> int:
    """The cells of the longest part that need not be broken."""
    return max([width(text[start:stop]) for start, stop in _pieces(text, 1, torn=False)] or [0])


def may_break(before: str, char: str) -> bool:
    """Whether a line may end between these characters without a blank."""
    if not before or char in NO_START or before in NO_END or before == JOINER:
        return False
    if char in MODIFIERS or char_width(char) == 0:
        return False
    return char_width(char) == 2 or char_width(before) == 2


def _pieces(text: str, cells: int, *, torn: bool = True) -> Iterator[Range]:
    """The parts that may be on a line of their own, none wider than a line unless `torn` is
    False."""
    at = 0
    for word in text.split(" "):
        if word and max(word) < NARROW and width(word) <= cells:
            yield at, at + len(word)
        elif word:
            for start, stop in _parts(word, long=width(word) > cells):
                yield from _torn(text, at + start, at + stop, cells if torn else 0)
        at += len(word) + 1


def _parts(word: str, *, long: bool) -> Iterator[Range]:
    start = 0
    for index in range(1, len(word)):
        before, char = word[index - 1], word[index]
        joint = long and before in JOINTS and char not in JOINTS
        if joint or may_break(before, char):
            yield start, index
            start = index
    yield start, len(word)


def _torn(text: str, start: int, stop: int, cells: int) -> Iterator[Range]:
    """The range in parts that fit on a line of `cells`; with 0 as a whole."""
    while cells and width(text[start:stop]) > cells:
        end = start + max(1, head_fitting(text[start:stop], cells))
        end = max(text.rfind(mark, start, end) for mark in LESSER) + 1 or end
        yield start, end
        start = end
    yield start, stop
