"""Wraps escape sequences so that a multiplexer passes them to the outer terminal."""

from __future__ import annotations

from collections.abc import Mapping

SCREEN_PIECE = 700  # GNU screen passes on strings of at most 768 bytes


def passed_through(sequence: str, environ: Mapping[str, str]) -> str:
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY"):
        starts = range(0, len(sequence), SCREEN_PIECE)
        return "".join(f"\x1bP{sequence[i : i + SCREEN_PIECE]}\x1b\\" for i in starts)
    return sequence
