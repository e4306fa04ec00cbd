"""`Danger`: a place in a command, and why it needs attention."""

from __future__ import annotations

from typing import NamedTuple


class Danger(NamedTuple):
    """`hides`: the text is not what a person sees, so it cannot be approved."""

    start: int
    end: int
    reason: str
    hides: bool = False
