"""What an encoding cannot hold: our own signs have a look-alike, everything else is `?`."""

from __future__ import annotations

import codecs

LOOK_ALIKES = {"·": "-", "…": "~"}  # as wide as the sign: rows are measured before


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(LOOK_ALIKES.get(char, "?") for char in missing), error.end


ALIKE = "llmchat.alike"  # for `errors` of encode
codecs.register_error(ALIKE, _replaced)


def as_shown(text: str, encoding: str) -> str:
    """The text as a terminal with this encoding gets it."""
    return text.encode(encoding, ALIKE).decode(encoding, "replace")
