"""What an encoding cannot hold, in plain characters: a look-alike, a letter without its accent, or
`?` where there is neither."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from unicodedata import category, normalize

from llmchat.render.width import width

BOXES = range(0x250C, 0x254C), range(0x2552, 0x2571)  # corners and crossings
SIGNS = (  # each with what stands for it
    "═= █# …~ ‹< ›> ⁄/ ÷/ ×x ≈~ ←<- →-> ↔<-> ⇐<= ⇒=> ⇔<=> ↑^ ↓v ≤<= ≥>= ≠!= ±+- €EUR №No. "
    "©(c) ®(R) °deg µu μu ßss æae ÆAE œoe ŒOE øo ØO łl ŁL đd ĐD ıi"
)
LOOK_ALIKES = {
    **dict.fromkeys("‐‑‒–—―−─━┄┅┈┉╌╍·", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏║", "|"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("•‣●■◦∙▪", "*"),
    **{chr(code): "+" for codes in BOXES for code in codes},
    **{entry[0]: entry[1:] for entry in SIGNS.split()},
}
STRUCK = "\u0338"  # what turns = into ≠: without it a sign says the opposite


def _alike(char: str) -> str:
    """What can be read in its place; nothing for what has no width of its own."""
    if char in LOOK_ALIKES:
        return LOOK_ALIKES[char]
    if category(char) in ("Mn", "Me", "Cf"):
        return ""
    parts = normalize("NFKD", char)
    plain = "".join(LOOK_ALIKES.get(part, part) for part in parts if category(part) != "Mn")
    return plain if plain.isascii() and STRUCK not in parts else "?"


def _in_cells(char: str) -> str:
    """The same where it is as wide: rows were measured before."""
    alike = _alike(char)
    return alike if len(alike) == width(char) else "?"


def _replaced(error: UnicodeError, alike: Callable[[str], str] = _alike) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(alike, error.object[error.start : error.end])), error.end


# For `errors` of encode; the second for rows that were measured.
ALIKE, SAME_WIDTH = "llmchat.alike", "llmchat.same_width"
codecs.register_error(ALIKE, _replaced)
codecs.register_error(SAME_WIDTH, lambda error: _replaced(error, _in_cells))


def as_shown(text: str, encoding: str) -> str:
    """The text as a terminal with this encoding gets it; its width may be another one."""
    return text.encode(encoding, ALIKE).decode(encoding, "replace")
