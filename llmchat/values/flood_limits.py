"""Limits for filler, which is data with little or no content, so that a flood of it ends.

Why: docs/decisions/0166-what-says-nothing-is-counted.md.
"""

from __future__ import annotations

from llmchat.errors import NotAnAnswer
from llmchat.language import msg

# Bytes in a row; a keep-alive of 3 kB each second for the 300 s of a local server stays below it.
MOST_FILLER = 1024 * 1024
# Bytes of frames without text; the largest frame (a picture, a whole answer as JSON) has 16 MB.
MOST_WORDLESS = 20 * 1024 * 1024
LEAST_FRAME = 200  # the minimum that a frame counts: a tiny one takes as long to read


class FillerLimit:
    """Counts filler; raises NotAnAnswer above the limit. The caller sets `size` to 0 when there is
    content."""

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
    """Returns the number of pieces; raises an error above `most`, because a piece of one letter
    takes as long to handle as a line."""
    if pieces > most:
        raise NotAnAnswer(
            msg(
                "the reply came in more than {millions:g} million pieces", millions=most / 1_000_000
            )
        )
    return pieces
