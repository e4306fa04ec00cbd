"""docs/llmchat.svg from a real run: the program at a pseudo-terminal, its screen drawn by Rich.

python bench/picture.py
"""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS, ROWS = 84, 40
SECONDS = 60  # nothing takes so long that works
QUESTION = "How do I greet people in Python?"
PLACE = Path(__file__).parents[1] / "docs" / "llmchat.svg"
NAMES = {"brown": "yellow", "default": "default"}  # pyte's word, Rich's word

# Rich's own frame without the fonts that it would load from elsewhere.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
        font-variant-east-asian: full-width;
    }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})"
       clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""


def seen(argv: Sequence[str], environ: dict[str, str]) -> pyte.Screen:
    """The screen of a terminal in which the command has run."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    with subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environ | size, close_fds=True
    ) as process:
        os.close(theirs)
        while select.select([ours], [], [], SECONDS)[0]:
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other end is closed: how Linux says the end
                break
            if not data:
                break
            stream.feed(data)
        if process.wait(SECONDS):
            raise SystemExit(f"{argv} ended with {process.returncode}")
    os.close(ours)
    return screen


def drawn(screen: pyte.Screen, row: int) -> Text:
    """One row, each run of cells that look the same in one piece."""
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    line = Text()
    for look, run in groupby(cells, style):
        line.append("".join(cell.data for cell in run), look)
    line.rstrip()
    return line


def style(cell: pyte.screens.Char) -> Style:
    return Style(
        color=color(cell.fg),
        bgcolor=color(cell.bg),
        bold=cell.bold,
        italic=cell.italics,
        underline=cell.underscore,
        reverse=cell.reverse,
    )


def color(name: str) -> str:
    if len(name) == 6 and all(c in "0123456789abcdef" for c in name.lower()):
        return f"#{name}"
    bright = name.startswith("bright") and name.removeprefix("bright")
    return f"bright_{NAMES.get(bright, bright)}" if bright else NAMES.get(name, name)


def picture(home: Path) -> str:
    """One question to the built-in demo, with the line that asks it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLMCHAT_")}
    environ = kept | {"LLMCHAT_HOME": str(home), "TERM": "xterm-256color"}
    environ |= {"COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "COLORFGBG": "15;0"}
    argv = [sys.executable, "-m", "llmchat", "ask", "-p", "demo", QUESTION]
    screen = seen(argv, environ)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "green"), ("llmchat ", "bold"), f'ask -p demo "{QUESTION}"'))
    rows = [drawn(screen, row) for row in range(ROWS)]
    while rows and not rows[-1].plain.strip():
        rows.pop()
    for row in rows:
        console.print(row, overflow="crop", no_wrap=True)
    svg = console.export_svg(title="llmchat", code_format=FRAME, unique_id="llmchat")
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        PLACE.write_text(picture(Path(name)), "utf-8")
    print(PLACE.name)
