"""Filler: data with little or no content, counted so that a flood of it comes to an end.

Why: docs/decisions/0166-what-says-nothing-is-counted.md.
"""

from __future__ import annotations

from llmchat.errors import NotAnAnswer
from llmchat.language import msg

# Bytes in a row. A keep-alive of 3 kB each second for the 300 s that a local server has is less.
MOST_FILLER = 1024 * 1024
# Of frames without a word; the largest one (a picture, a whole answer as JSON) has 16 MB.
MOST_WORDLESS = 20 * 1024 * 1024
LEAST_FRAME = 200  # what a frame weighs at least: a tiny one takes as long to read


class Filler:
    """`size` is set to 0 by whoever hears something."""

    __slots__ = ("_most", "size")

    def __init__(self, most: int = MOST_FILLER) -> None:
        self._most = most
        self.size = 0

    def weigh(self, size: int) -> None:
        self.size += size
        if self.size > self._most:
            raise NotAnAnswer(
                msg("the service sent over {most} MB without any content", most=self._most >> 20)
            )


def bounded(pieces: int, most: int) -> int:
    """The same number, while it may be so high: a piece of one letter takes as long as a line."""
    if pieces > most:
        raise NotAnAnswer(
            msg(
                "the reply came in more than {millions:g} million pieces", millions=most / 1_000_000
            )
        )
    return pieces
