"""The pictures of README.md and docs/: real runs of the program, drawn by Rich.

    python bench/picture.py

What a command writes in colours is read by Rich and exported as SVG; nothing is painted by hand.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).parents[1] / "docs"
SECONDS = 60  # nothing takes so long that works
THEME = """\
[styles]
markdown.h2 = bold #d7875f
markdown.code = #87afaf
markdown.block_quote = #875f5f
markdown.table.header = bold #d7875f
markdown.table.border = #5f5f5f
code.keyword = #af87af
code.string = #87af87
code.builtin = #87afaf
"""


class Picture(NamedTuple):
    """A file in docs/, and the command whose output it shows."""

    name: str
    columns: int
    command: str
    theme: str = "dark"


ASK = 'llmchat ask -p demo "How do I greet people in Python?"'
PICTURES = (
    Picture("llmchat", 84, ASK),
    Picture("narrow", 44, ASK),
    Picture("theme", 84, ASK, "mine.ini"),
)

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


def written(picture: Picture, home: Path) -> str:
    """The output of the command with its colours, as wide as the picture."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLMCHAT_")}
    environ = kept | {"LLMCHAT_HOME": str(home), "LLMCHAT_THEME": picture.theme}
    environ |= {"COLORTERM": "truecolor", "COLUMNS": str(picture.columns), "PYTHONUTF8": "1"}
    argv = [sys.executable, "-m", *shlex.split(picture.command), "--markdown", "--color", "always"]
    done = subprocess.run(
        argv, env=environ, cwd=home, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return done.stdout


def drawn(picture: Picture, home: Path) -> str:
    """The command line, and below it the output."""
    out = io.StringIO()
    console = Console(record=True, width=picture.columns, file=out, force_terminal=True)
    prompt = Text.assemble(("$ ", "green"), picture.command)
    prompt.stylize("bold", 2, 9)
    console.print(prompt)
    console.print(Text.from_ansi(written(picture, home)), soft_wrap=True)
    svg = console.export_svg(title="llmchat", code_format=FRAME, unique_id=picture.name)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def main() -> None:
    for picture in PICTURES:
        with tempfile.TemporaryDirectory() as name:
            home = Path(name)
            (home / "mine.ini").write_text(THEME, "utf-8")
            (DOCS / f"{picture.name}.svg").write_text(drawn(picture, home), "utf-8")
        print(f"docs/{picture.name}.svg")


if __name__ == "__main__":
    main()
