"""`Danger`: a place in a command and why a person should look at it."""

from __future__ import annotations

from typing import NamedTuple


class Danger(NamedTuple):
    """`hides`: the text is not what a person sees, so it cannot be confirmed."""

    start: int
    end: int
    reason: str
    hides: bool = False
