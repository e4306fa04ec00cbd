"""Encodes text for a terminal whose encoding lacks some of its characters."""

from __future__ import annotations

import codecs

# For `errors` of encode; the second is for rows that were measured.
ALIKE, SAME_WIDTH = "llmchat.alike", "llmchat.same_width"


def _replaced(error: UnicodeError, *, same_width: bool = False) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from llmchat.render import look_alikes  # its tables are seldom needed

    replace = look_alikes.look_alike_of_same_width if same_width else look_alikes.look_alike
    return "".join(map(replace, error.object[error.start : error.end])), error.end


codecs.register_error(ALIKE, _replaced)
codecs.register_error(SAME_WIDTH, lambda error: _replaced(error, same_width=True))


def as_shown(text: str, encoding: str) -> str:
    """The text as a terminal with this encoding shows it; its width may differ."""
    return text.encode(encoding, ALIKE).decode(encoding, "replace")
