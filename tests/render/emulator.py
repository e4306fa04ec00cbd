"""A terminal with its scrollback, and answers drawn on it."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from typing import Any

import pyte
from wcwidth import wcwidth

from llmchat.render.terminal.console import console_for
from llmchat.render.terminal.live import LiveMarkdown, render_once
from llmchat.render.terminal.look import Look
from llmchat.render.terminal.screen import Screen

Cell = tuple[str, str, bool, bool, bool, bool]
EMPTY: Cell = (" ", "default", False, False, False, False)


class _Scrolling(pyte.Screen):
    """Keeps the lines that leave at the top, as the scrollback of a terminal does."""

    def __init__(self, columns: int, lines: int) -> None:
        self.gone: list[Any] = []
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        """pyte drops what follows a joiner; terminals join it to the cell before."""
        run = ""
        for char in data:
            if wcwidth(char) == 0:
                super().draw(run)
                self._join(char)
                run = ""
            else:
                run += char
        super().draw(run)

    def _join(self, char: str) -> None:
        at = self.cursor.x - 1
        line = self.buffer[self.cursor.y]
        if at > 0 and not line[at].data:
            at -= 1
        if at >= 0:
            line[at] = line[at]._replace(data=line[at].data + char)

    def index(self) -> None:
        if self.cursor.y == self.lines - 1:
            self.gone.append([self.buffer[0][x] for x in range(self.columns)])
        super().index()


class Terminal:
    """What a person would see who scrolled all the way up."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.screen = _Scrolling(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.columns, self.rows = columns, rows
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text
        self._stream.feed(text)

    def cells(self) -> list[list[Cell]]:
        lines = self.screen.gone + [self.screen.buffer[y] for y in range(self.screen.lines)]
        picture = [_trimmed([_cell(line[x]) for x in range(self.columns)]) for line in lines]
        while picture and not picture[-1]:
            picture.pop()
        return picture

    def text(self) -> str:
        return "\n".join("".join(cell[0] for cell in line) for line in self.cells())


def _cell(char: Any) -> Cell:
    return (char.data, char.fg, char.bold, char.italics, char.underscore, char.strikethrough)


def _trimmed(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] == EMPTY:
        cells.pop()
    return cells


class Tty(io.StringIO):
    """A stream of a terminal; several may share one."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.terminal.write(text.replace("\r\n", "\n").replace("\n", "\r\n"))
        return len(text)


def screen_of(terminal: Terminal, *, colour: bool = True, attributes: bool = True) -> Screen:
    size = (terminal.columns, terminal.rows)
    return Screen(Tty(terminal), lambda: size, colour=colour, attributes=attributes)


def dark() -> Look:
    screen = screen_of(Terminal())
    return Look(console_for(screen, "dark"), screen)


def drawn(pieces: Iterable[str], *, columns: int, rows: int = 24, every: int = 1) -> Terminal:
    """The terminal after an answer came in `pieces`, a frame after each `every` of them."""
    terminal = Terminal(columns, rows)
    with LiveMarkdown(screen_of(terminal), "dark") as live:
        for count, piece in enumerate(pieces):
            live.feed(piece)
            if count % every == 0:
                live.frame()
        live.end()
    return terminal


def at_once(markdown: str, *, columns: int, rows: int = 24) -> Terminal:
    terminal = Terminal(columns, rows)
    terminal.write(render_once(markdown, screen_of(terminal), "dark").replace("\n", "\r\n"))
    return terminal


def cut(text: str, seed: int) -> list[str]:
    """`text` in pieces of one to twelve characters."""
    chance = random.Random(seed)
    pieces, at = [], 0
    while at < len(text):
        size = chance.choice((1, 1, 2, 3, 5, 8, 12))
        pieces.append(text[at : at + size])
        at += size
    return pieces
