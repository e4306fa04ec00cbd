"""The terminal that an answer is drawn on: its capabilities and its size.

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
    """A terminal; without `cursor` nothing can be repainted, without `attributes` there is no
    bold."""

    stream: TextIO
    size: Callable[[], tuple[int, int]]  # columns and rows; called for each frame
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
    """The screen for a stream; `colour` comes from a flag or setting, else the environment
    decides."""
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
    """Whether the terminal is known to support mode 2026; others ignore it, so a wrong guess does
    no harm."""
    if environ.get("WT_SESSION"):
        return True
    if environ.get("TERM", "").startswith(SYNCHRONIZED_TERMS):
        return True
    return environ.get("TERM_PROGRAM", "") in SYNCHRONIZED_PROGRAMS


def palette_of(environ: Mapping[str, str]) -> Palette:
    """The colours that a theme file may use; built-in themes use only sixteen."""
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
        """Turns escape sequences on in Windows consoles; returns whether the stream obeys them."""
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
