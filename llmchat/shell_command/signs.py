"""Finds characters that mislead the eye: hidden ones, look-alikes, line breaks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from llmchat.language import msg
from llmchat.render.clean import acts, clean
from llmchat.shell_command.danger import Danger

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
BLANK = "\u2800"  # a braille pattern without dots
EMOJI = ("So", "Sk")  # categories after which a joiner or selector belongs to an emoji
LETTERS = re.compile(r"[^\W\d_]+")
FAR = re.compile(r"[ ]{12,}")  # blanks that push the rest of a line out of sight
SIMILAR = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
QUOTES = frozenset("‘’‚‛“”„‟«»")
DASHES = frozenset("‐‑‒–—―−")
# Letters that look like Latin ones; a whole word of them can imitate a command.
TWINS = frozenset("асеорхуіјѕһԁԛԝАВЕКМНОРСТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")


def signs(text: str) -> Iterator[Danger]:
    """What is wrong with single characters, in order."""
    found = [*_hidden(text), *_look_alikes(text), *_layout(text)]
    if clean(text) != text and not any(danger.hides for danger in found):
        found.append(
            Danger(0, len(text), msg("contains characters a terminal shows differently"), True)
        )
    yield from sorted(found)


def without_hidden(text: str) -> str:
    """The text for an editor: any blank becomes a plain one, and invisible characters are
    removed."""
    kept = ""
    for char in text:
        kept += _visible(char, kept[-1:])
    return kept if clean(kept) == kept else "".join(c for c in kept if c.isascii())


def _visible(char: str, before: str) -> str:
    """The character, or "" if it is hidden; `before` is the text kept so far, without which a
    combining mark is removed too."""
    if not _is_hidden(char, before):
        return char
    return " " if char == "\t" or unicodedata.category(char) == "Zs" else ""


def _hidden(text: str) -> Iterator[Danger]:
    """The hidden characters; adjacent ones with the same reason are joined."""
    start, reason = 0, ""
    for at in range(len(text) + 1):
        hidden = at < len(text) and _is_hidden(text[at], text[at - 1 : at])
        now = _why_hidden(text[at]) if hidden else ""
        if now != reason:
            if reason:
                yield Danger(start, at, reason, True)
            start, reason = at, now


def _is_hidden(char: str, before: str) -> bool:
    """Whether a character is hidden; `before` is the one before it, "" at the beginning."""
    if char == "\n" or " " < char <= "~" or char == " ":
        return False
    category = unicodedata.category(char)
    joins = char == "\u200d" or "\ufe00" <= char <= "\ufe0f"
    if joins:
        return not (before and unicodedata.category(before) in EMOJI)
    if category.startswith("M"):
        return before.isascii()
    return (
        acts(char)
        or char in ("\t", BLANK)
        or category in ("Zs", "Zl", "Zp", "Co", "Cn", "Cs", "Cc")
    )


def _why_hidden(char: str) -> str:
    if char == "\t":
        return msg("a tab character")
    if char in BIDI:
        return msg("hidden character that reverses the order of the text")
    if char == "\x1b" or unicodedata.category(char) == "Cc":
        return msg("hidden control character")
    if unicodedata.category(char) == "Zs":
        return msg("looks like a space, but is part of the word")
    return msg("hidden character")


def _look_alikes(text: str) -> Iterator[Danger]:
    for at, char in enumerate(text):
        if char.isascii():
            continue
        plain = unicodedata.normalize("NFKC", char)
        if char in QUOTES:
            yield Danger(at, at + 1, msg("not a quotation mark that the shell understands"))
        elif char in DASHES:
            yield Danger(at, at + 1, msg("looks like -, but is another character"))
        elif plain != char and plain.isascii() and plain.strip():
            yield Danger(
                at, at + 1, msg("looks like {plain}, but is another character", plain=plain)
            )
    for found in LETTERS.finditer(text):
        yield from _mixed(found)


def _mixed(word: re.Match[str]) -> Iterator[Danger]:
    """Words that mix Latin letters with look-alikes, or consist of look-alikes."""
    letters = word[0]
    if letters.isascii():
        return
    foreign = [at for at, char in enumerate(letters) if _is_similar(char)]
    twins = all(char in TWINS for char in letters)
    if foreign and (twins or any(char.isascii() for char in letters)):
        start = word.start()
        name = unicodedata.name(letters[foreign[0]]).partition(" ")[0].capitalize()
        reason = msg("{name} letters that look like Latin ones", name=name)
        yield Danger(start + foreign[0], start + foreign[-1] + 1, reason)


def _is_similar(char: str) -> bool:
    return not char.isascii() and unicodedata.name(char, "").startswith(SIMILAR)


def _layout(text: str) -> Iterator[Danger]:
    for found in FAR.finditer(text):
        yield Danger(found.start(), found.end(), msg("many spaces: read to the end of the line"))
    first = text.find("\n")
    if first >= 0:
        yield Danger(first, first + 1, msg("several lines: read all of them"))
