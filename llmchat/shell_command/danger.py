"""`Danger`: a place in a command and why a person should look at it."""

from __future__ import annotations

from typing import NamedTuple


class Danger(NamedTuple):
    """`hides`: what stands there is not what one sees, so that nobody can say yes to it."""

    start: int
    end: int
    reason: str
    hides: bool = False
