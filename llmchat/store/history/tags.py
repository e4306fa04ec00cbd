"""Tags: words that a person gives to a conversation, to list it by.

They are stored in one column, with a space between two and at either end, so that ` work ` finds
only `work`; salvage, forks and exports then treat them like a title.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from llmchat.errors import UsageError
from llmchat.language import msg
from llmchat.store.database.columns import fit_text, storable
from llmchat.store.history.rows import ConversationRow

LONGEST = 40  # characters of a tag
MOST = 50  # tags of a conversation

TAGGED = "instr(tags, :tag) > 0"


def column(tags: Iterable[str]) -> str | None:
    """Tags as they are stored; anything that is not a tag is left out."""
    kept = [tag for tag in dict.fromkeys(map(_normal, tags)) if _is_tag(tag)]
    return f" {' '.join(kept[:MOST])} " if kept else None


def taken(found: object) -> str | None:
    """The column for imported tags, which are a list in an export, or the column itself in a
    damaged file."""
    words = found.split() if isinstance(found, str) else found
    return column(map(str, words)) if isinstance(words, list) else None


def sought(tag: str) -> str:
    """The text to search for in the column."""
    return f" {checked(tag)} "


def checked(tag: str) -> str:
    """A tag as it is kept: `#Work,` is `work`."""
    found = _normal(tag)
    if not _is_tag(found):
        raise UsageError(
            msg("{tag!r} is not a tag", tag=tag[:LONGEST]),
            hint=msg("use one word of at most {longest} characters, such as work", longest=LONGEST),
        )
    return found


def change(
    connection: sqlite3.Connection,
    row: ConversationRow,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> None:
    gone = set(map(checked, remove))
    kept = [tag for tag in row.tag_list if tag not in gone]
    wanted = [*kept, *(tag for tag in map(checked, add) if tag not in kept)]
    if len(wanted) > MOST:
        problem = msg("a conversation has at most {most} tags", most=MOST)
        raise UsageError(problem, hint=msg("llmchat history tag ID -r NAME removes one"))
    connection.execute("UPDATE conversation SET tags = ? WHERE n = ?", (column(wanted), row.n))


def every(connection: sqlite3.Connection) -> list[str]:
    """All tags, most frequent first."""
    counts: dict[str, int] = {}
    rows = connection.execute("SELECT tags FROM conversation WHERE tags <> '' AND deleted IS NULL")
    for (tags,) in rows:
        for tag in fit_text(tags).split():
            counts[tag] = counts.get(tag, 0) + 1
    return sorted(counts, key=lambda tag: (-counts[tag], tag))


def _normal(tag: str) -> str:
    return normalize("NFC", storable(str(tag)).strip().rstrip(",").removeprefix("#").casefold())


def _is_tag(tag: str) -> bool:
    whole = bool(tag) and tag.isprintable() and not any(c.isspace() for c in tag)
    return whole and len(tag) <= LONGEST and tag[0] != "-"
