"""A growing answer as rows: those that are settled, and those that are open."""

from __future__ import annotations

from dataclasses import replace

from llmchat.render.markdown.pieces import Prose
from llmchat.render.markdown.prose import closed
from llmchat.render.markdown.reader import Blocks
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.page import Page
from llmchat.render.terminal.wrap import Row

DOUBTFUL = frozenset("`~#-*_+=>|$ \t0123456789.)")  # what may become the mark of a block
LONGEST_DOUBT = 4


class Picture:
    """Takes text cut anywhere; `width` may change between frames."""

    def __init__(self, look: Look, width: int) -> None:
        self._blocks = Blocks()
        self._page = Page(look, width)

    def resize(self, width: int) -> None:
        self._page.width = width

    def feed(self, text: str) -> None:
        for piece in self._blocks.feed(text):
            self._page.add(piece)

    def finish(self) -> None:
        for piece in self._blocks.finish():
            self._page.add(piece)

    def settled(self) -> list[Row]:
        """The rows that became certain since the last time."""
        return self._page.take()

    def open(self) -> list[Row]:
        """How the rest would look if the answer ended here."""
        blocks, page = self._blocks.copy(), self._page.copy()
        pending = blocks.pending
        if len(pending) <= LONGEST_DOUBT and DOUBTFUL.issuperset(pending):
            blocks.pending = ""
        for piece in blocks.finish():
            if isinstance(piece, Prose) and piece.last:
                text = closed(piece.text)
                piece = piece if text == piece.text else replace(piece, text=text)
            page.add(piece)
        return page.take()
