"""`@path` mentions in a line: tells those the person typed from those in pasted text.

In text that is pasted, recalled or read from a file, each `@` is followed by an invisible character
as long as the line is edited; it is removed when the text is sent. So a mention counts if the
person typed its `@`, whatever happens to the line in between
(docs/decisions/0066-typed-mentions.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection

FOREIGN = "\u2064"  # INVISIBLE PLUS, which hardly any text contains
FOREIGN_AT = "@" + FOREIGN
MENTION = re.compile(r'(?<!\S)@("[^"\n]+"|[^\s"]+)')
ANY_AT = re.compile(f"{MENTION.pattern}|@")


def mentions_in(text: str) -> list[str]:
    """The mentions as written, with their `@`, without duplicates."""
    found = (match[0] for match in MENTION.finditer(text) if match[1][0] != FOREIGN)
    return list(dict.fromkeys(found))


def foreign(text: str, typed: Collection[str] = ()) -> str:
    """Marks the mentions in foreign text, except those the person had `typed`."""
    return ANY_AT.sub(
        lambda found: found[0] if found[0] in typed else found[0].replace("@", FOREIGN_AT), text
    )


def plain(text: str) -> str:
    """The text without marks, as it is sent."""
    return text.replace(FOREIGN_AT, "@")
