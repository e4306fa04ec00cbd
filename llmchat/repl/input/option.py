"""`Option`: one completion that Tab offers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One way to complete what is typed: `replaces` characters before the cursor go."""

    text: str
    replaces: int = 0
    about: str = ""
    shown: str = ""
