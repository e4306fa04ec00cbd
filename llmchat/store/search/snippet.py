"""Cuts a snippet of a text around the words that were found, and marks them."""

from __future__ import annotations

from llmchat.store.search.normalize import compose, fold, places, unspaced

BEFORE = 40  # characters shown before the first match
LENGTH = 140

Snippet = tuple[tuple[str, bool], ...]


def snippet(text: str, marks: tuple[str, ...], *, length: int = LENGTH) -> Snippet:
    """Plain and marked pieces of one line; `marks` are normalized words."""
    text = compose(text)
    found = _spans(text, marks)
    start = max(0, found[0][0] - BEFORE) if found else 0
    end = min(len(text), start + length)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for first, last in found:
        if first >= end:
            break
        pieces += [(text[at:first], False), (text[first : min(last, end)], True)]
        at = min(last, end)
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return tuple((_one_line(piece), marked) for piece, marked in pieces if piece)


def _one_line(piece: str) -> str:
    words = " ".join(piece.split())
    return (" " if piece[:1].isspace() else "") + words + (" " if piece[-1:].isspace() else "")


def _spans(text: str, marks: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words are in the text, in order and without overlaps."""
    folded = fold(text)
    spans: list[tuple[int, int]] = []
    for first, last in sorted(s for mark in marks for s in _occurrences(folded, mark)):
        if not spans or first >= spans[-1][1]:
            spans.append((first, last))
    place = places(text)
    if place is None:
        return spans
    return [(place[first], place[last - 1] + 1) for first, last in spans]


def _occurrences(folded: str, mark: str) -> list[tuple[int, int]]:
    found = []
    at = folded.find(mark)
    while at >= 0:
        if unspaced(mark[0]) or at == 0 or _ends_word(folded[at - 1]):
            found.append((at, at + len(mark)))
        at = folded.find(mark, at + len(mark))
    return found


def _ends_word(character: str) -> bool:
    return not (character.isalnum() or character > "\x7f") or unspaced(character)
