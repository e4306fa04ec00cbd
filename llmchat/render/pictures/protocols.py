"""Chooses a terminal's picture protocol (kitty, iTerm2 or sixel), and writes its sequences.

A terminal is recognised by its name and never queried, because its reply might end up in a pipe.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Literal

from llmchat.render.pictures.area import Area
from llmchat.render.pictures.convert import as_png, png_size
from llmchat.render.pictures.sixels import sixels
from llmchat.values.events import Image

Protocol = Literal["", "kitty", "iterm", "sixel"]

KITTY_TERMS = ("xterm-kitty", "xterm-ghostty")
SIXEL_TERMS = ("foot", "mlterm", "contour", "yaft")
MULTIPLEXERS = ("screen", "tmux")  # they would draw over what is drawn through them
CHUNK = 4096  # characters of base64 in one kitty sequence
PNG = "image/png"
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def protocol_of(environ: Mapping[str, str], chosen: str = "auto") -> Protocol:
    """The protocol that this terminal supports, by its name."""
    if chosen != "auto":
        return chosen if chosen in ("kitty", "iterm", "sixel") else ""  # type: ignore[return-value]  # one of the three
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith(MULTIPLEXERS):
        return ""
    if term in KITTY_TERMS or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    return "sixel" if term.startswith(SIXEL_TERMS) else ""


def sequences(image: Image, protocol: Protocol, area: Area) -> str:
    """The sequences that show a picture; "" if the terminal cannot show this one."""
    if image.media_type not in SHOWN:
        return ""
    if protocol == "iterm":
        return _iterm(image.content, area.columns)
    if protocol == "kitty":
        png = image.content if image.media_type == PNG else as_png(image.content)
        return "".join(_kitty(png, area))
    return sixels(image.content, area.pixels) if protocol == "sixel" else ""


def _iterm(content: bytes, width: int) -> str:
    data = base64.b64encode(content).decode()
    fields = f"inline=1;size={len(content)};width={width};preserveAspectRatio=1"
    return f"\x1b]1337;File={fields}:{data}\x07"


def _kitty(png: bytes, area: Area) -> Iterator[str]:
    """Kitty's sequences; `q=2` suppresses the terminal's reply, which the next program would read
    as typed. Both columns and rows are given, because kitty before 0.35 distorts the picture
    otherwise."""
    width, height = png_size(png)
    if not width or not height:
        return
    columns, rows = area.cells(width, height)
    data = base64.b64encode(png).decode()
    head = f"f=100,a=T,q=2,c={columns},r={rows},"
    for start in range(0, len(data), CHUNK):
        more = int(start + CHUNK < len(data))
        yield f"\x1b_G{head if start == 0 else ''}m={more};{data[start : start + CHUNK]}\x1b\\"
