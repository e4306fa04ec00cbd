"""Finds where a long paragraph can be cut so that its beginning is final.

Inline markup is parsed chunk by chunk. A chunk ends at the first gap between words, at least
SHORTEST characters (or LINES lines) from its beginning, where no emphasis, code, link or formula is
open; at LONGEST characters it ends at any gap. Whether it ends at a place depends only on the text
before it, so the chunks of a growing paragraph are those of the finished one.

Why: docs/decisions/0022-layout-looks-backwards-only.md.
"""

from __future__ import annotations

import re

SHORTEST = 240
LINES = 8
LONGEST = 800
MOST_LINES = 24
NO_GAP = 1600  # characters; text without a gap is cut anywhere

GAP = re.compile(r"(?<=[^\s\\])[ \n](?=\S)|(?<=[。！？；，、：])(?=\S)")
HIDDEN = re.compile(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
STRONG = re.compile(r"(?<![a-zA-Z0-9*])\*\*(?=[^\s*])(?!.*\*\*)", re.DOTALL)
RUN = re.compile(r"\*+|_+|~~+|\$+")


def next_cut(text: str, start: int) -> tuple[int | None, int]:
    """The end of the first chunk, None if it has not come yet; and where to continue searching."""
    for gap in GAP.finditer(text, start, NO_GAP + 1):  # beyond it the text is cut in any case
        at = gap.start()
        start = at + 1
        lines = text.count("\n", 0, at + 1) if at < SHORTEST else LINES
        if at < SHORTEST and lines < LINES:
            continue
        if at >= LONGEST or text.count("\n", 0, at) >= MOST_LINES or is_calm(text[:at]):
            return at, start
    if len(text) > NO_GAP:
        return NO_GAP, NO_GAP
    return None, start


def is_calm(text: str) -> bool:
    """Whether no markup in `text` is still open."""
    text = HIDDEN.sub("x", text)
    if "`" in text or text.count("[") > text.count("]"):
        return False
    if text.rfind("](") > text.rfind(")") or re.search(r"<[a-zA-Z/!?][^>]*$", text):
        return False
    return not any(_open_runs(text).values())


def closed(text: str) -> str:
    """The text with open bold and code closed, as its writer will most likely do.

    Only for drawing while it grows; otherwise every bold word would flicker as `**wor`.
    """
    hidden = HIDDEN.sub("x", text)
    if hidden.count("`") == 1:
        before, _, code = text.rpartition("`")
        return text + "`" if code else before
    if hidden.count("**") % 2:
        before, _, bold = text.rpartition("**")
        if not bold.strip("*"):
            return before
        if STRONG.search(hidden):
            return text.rstrip("* ") + "**"
    return text


def _open_runs(text: str) -> dict[str, int]:
    """How many characters of each kind of emphasis are open at the end."""
    depth = {"*": 0, "_": 0, "~": 0, "$": 0}
    for run in RUN.finditer(text):
        sign, length = run.group()[0], len(run.group())
        before, after = text[: run.start()][-1:].strip(), text[run.end() :][:1].strip()
        if sign == "_" and before.isalnum() and after.isalnum():
            continue
        if before and depth[sign]:
            depth[sign] = max(0, depth[sign] - length)
        elif after:
            depth[sign] += length
    return depth
