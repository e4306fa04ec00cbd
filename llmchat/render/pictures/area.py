"""The area for a picture on a terminal, in cells and in pixels."""

from __future__ import annotations

from typing import NamedTuple, TextIO

WIDEST = 48  # columns
BELOW = 2  # rows for the line with the path and the next prompt
USUAL_CELL = (8, 16)  # pixels, if the terminal does not report them


class Area(NamedTuple):
    """The largest number of columns and rows, and the pixels of a cell."""

    columns: int
    rows: int
    cell: tuple[int, int] = USUAL_CELL

    @property
    def pixels(self) -> tuple[int, int]:
        return self.columns * self.cell[0], self.rows * self.cell[1]

    def cells(self, width: int, height: int) -> tuple[int, int]:
        """The columns and rows for a picture of so many pixels: its own size, or smaller in
        proportion."""
        most_wide, most_high = self.pixels
        scale = min(1, most_wide / width, most_high / height)
        return (
            max(1, round(width * scale / self.cell[0])),
            max(1, round(height * scale / self.cell[1])),
        )


def area_of(stream: TextIO, size: tuple[int, int]) -> Area:
    """The area below the text on a terminal of so many columns and rows."""
    columns, rows = size
    return Area(max(1, min(WIDEST, columns - 1)), max(1, rows - BELOW), _cell(stream))


def _cell(stream: TextIO) -> tuple[int, int]:
    """The pixels of a cell, which some terminals report together with their size."""
    try:
        import fcntl  # not on Windows
        import struct
        import termios

        told = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError, ValueError):
        return USUAL_CELL
    rows, columns, width, height = struct.unpack("4H", told)
    if not (rows and columns and width >= columns and height >= rows):
        return USUAL_CELL
    return width // columns, height // rows
