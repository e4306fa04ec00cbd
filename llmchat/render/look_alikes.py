"""Plain replacements for characters that an encoding lacks: a look-alike, a letter without its
accent, or `?`."""

from __future__ import annotations

from unicodedata import category, decomposition, normalize

from llmchat.render.width import width

BOXES = range(0x250C, 0x254C), range(0x2552, 0x2571)  # corners and crossings
SIGNS = (  # each with its replacement
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
APART = {"<super>": "^", "<fraction>": " "}  # 10² is not 102, and 1½ is not 11/2
STRUCK = "\u0338"  # turns = into ≠: without it a sign would say the opposite


def look_alike(char: str) -> str:
    """A plain replacement for a character; "" for one without a width, `?` if there is none."""
    if char in LOOK_ALIKES:
        return LOOK_ALIKES[char]
    if category(char) in ("Mn", "Me", "Cf"):
        return ""
    parts = normalize("NFKD", char)
    plain = "".join(LOOK_ALIKES.get(part, part) for part in parts if category(part) != "Mn")
    if not plain.isascii() or STRUCK in parts:
        return "?"
    kind = decomposition(char).partition(" ")[0]
    return plain if plain.isalpha() else APART.get(kind, "") + plain


def look_alike_of_same_width(char: str) -> str:
    """The same if it is as wide as the character: rows were measured before."""
    found = look_alike(char)
    return found if len(found) == width(char) else "?"
