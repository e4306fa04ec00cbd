"""`@path` mentions in a line: separates those typed by the person from those in pasted text.

What is pasted, recalled or read from a file carries an invisible character behind each of its `@`,
for as long as it stands in a line that is edited; it is taken out when the text is sent. So a
mention counts if the person typed its `@`, whatever happens to the line in between
(docs/decisions/0066-typed-mentions.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection

FOREIGN = "\u2064"  # INVISIBLE PLUS, which no text needs
FOREIGN_AT = "@" + FOREIGN
MENTION = re.compile(r'(?<!\S)@("[^"\n]+"|[^\s"]+)')
ANY_AT = re.compile(f"{MENTION.pattern}|@")


def mentions_in(text: str) -> list[str]:
    """Each once, as it was written, with its `@`."""
    found = (match[0] for match in MENTION.finditer(text) if match[1][0] != FOREIGN)
    return list(dict.fromkeys(found))


def foreign(text: str, typed: Collection[str] = ()) -> str:
    """Foreign text for a line that is being edited; what the person had `typed` stays."""
    return ANY_AT.sub(
        lambda found: found[0] if found[0] in typed else found[0].replace("@", FOREIGN_AT), text
    )


def plain(text: str) -> str:
    """The text as it is sent."""
    return text.replace(FOREIGN_AT, "@")
