"""The terminal an answer is drawn on: what it can do, and how large it is.

Why: docs/decisions/0024-no-modes.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TextIO

from llmchat.system.terminals import is_dumb

DEFAULT_COLUMNS, DEFAULT_ROWS = 80, 24
SYNCHRONIZED_TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "contour", "alacritty", "wezterm")
SYNCHRONIZED_PROGRAMS = frozenset(
    {"WezTerm", "ghostty", "iTerm.app", "contour", "mintty", "vscode"}
)

Palette = Literal["standard", "256", "truecolor"]


class Size(NamedTuple):
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Screen:
    """Without `cursor` nothing can be repainted, without `attributes` nothing be bold."""

    stream: TextIO
    size: Callable[[], tuple[int, int]]  # columns, rows; asked at each frame
    colour: bool = True
    attributes: bool = True
    cursor: bool = True
    synchronized: bool = False
    palette: Palette = "standard"

    @property
    def encoding(self) -> str:
        name = (getattr(self.stream, "encoding", None) or "utf-8").lower().replace("_", "-")
        return "utf-8" if name in ("utf-8", "utf8", "utf-8-sig", "cp65001") else name


def screen_for(
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    colour: bool | None = None,
) -> Screen:
    """`colour` is what a flag or setting says; without it the environment decides."""
    able = stream.isatty() and not is_dumb(environ) and _obeys_sequences(stream)
    wanted = _wants_colour(environ, able=able) if colour is None else colour
    return Screen(
        stream,
        lambda: size_of(stream, environ),
        colour=wanted,
        attributes=able or wanted,
        cursor=able,
        synchronized=able and is_synchronized(environ),
        palette=palette_of(environ),
    )


def size_of(stream: TextIO, environ: Mapping[str, str]) -> Size:
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    if columns <= 0:
        given = environ.get("COLUMNS", "")
        columns = int(given) if given.isdecimal() else 0
    return Size(columns or DEFAULT_COLUMNS, rows if rows > 0 else DEFAULT_ROWS)


def is_synchronized(environ: Mapping[str, str]) -> bool:
    """Terminals known to obey mode 2026; the others ignore it, so a wrong guess costs nothing."""
    if environ.get("WT_SESSION"):
        return True
    if environ.get("TERM", "").startswith(SYNCHRONIZED_TERMS):
        return True
    return environ.get("TERM_PROGRAM", "") in SYNCHRONIZED_PROGRAMS


def palette_of(environ: Mapping[str, str]) -> Palette:
    """The colours a theme file may use; our own themes are content with the sixteen."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or environ.get("WT_SESSION"):
        return "truecolor"
    return "256" if "256color" in environ.get("TERM", "") else "standard"


def _wants_colour(environ: Mapping[str, str], *, able: bool) -> bool:
    forced = environ.get("FORCE_COLOR", "")
    if forced:
        return forced != "0"
    return able and not environ.get("NO_COLOR")


if sys.platform == "win32":
    import ctypes
    import msvcrt

    ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004

    def _obeys_sequences(stream: TextIO) -> bool:
        """Consoles since Windows 10 obey escape sequences once they are told to."""
        kernel = ctypes.windll.kernel32
        handle = msvcrt.get_osfhandle(stream.fileno())
        mode = ctypes.c_ulong()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        wanted = mode.value | ENABLE_VIRTUAL_TERMINAL_PROCESSING
        return bool(kernel.SetConsoleMode(handle, wanted))
else:

    def _obeys_sequences(stream: TextIO) -> bool:
        return True
