"""Normalizes text for search: ignores case and accents, replaces ё by е, and splits Chinese and
Japanese into pairs of characters.

The words are separated by spaces, as in the index; the same functions normalize the text, the query
and (character by character, keeping positions) the snippet. Why:
docs/decisions/0150-words-are-made-once.md.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from functools import lru_cache

# Scripts without spaces between words: Han, kana, bopomofo and their extensions.
_UNSPACED = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x303B, 0x303B),
    (0x3041, 0x30FF),
    (0x3105, 0x312F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)
_KANA_MIDDLE_DOTS = "\u30a0\u30fb"
_VOICED = "\u3099\u309a"
_HAN = range(0x4E00, 0xA000)  # characters that are not changed
_CYRILLIC = ((0x0400, 0x052F), (0x1C80, 0x1C8F))
_ACCENTED_CYRILLIC = {"ё": "е", "ѐ": "е", "ѝ": "и"}  # й, ї and ў are separate letters
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i"}
_ABOVE_OR_BELOW = 200  # combining classes from here on are accents of Latin, Greek and Cyrillic
_HEBREW_ARABIC_POINTS = range(10, 36)
_FIRST_UNSPACED = chr(_UNSPACED[0][0])
_CODES = f"utf-32-{sys.byteorder[0]}e"  # decoded as one integer per character
LONGEST_KEPT = 40  # characters of a word that is cached; longer ones are rarely repeated
MOST_KEPT = 50_000  # words: 10 MB


def unspaced(character: str) -> bool:
    if character < _FIRST_UNSPACED:
        return False
    code = ord(character)
    return any(first <= code <= last for first, last in _UNSPACED)


def fold_character(character: str) -> str:
    """What a character is compared as: "" for an accent, " " for a separator."""
    category = unicodedata.category(character)
    if category[0] == "M":
        return "" if _is_accent(character) else character
    if category == "Cf":  # soft hyphens and joiners occur inside words
        return ""
    plain = _plain(character)
    return "".join(c if _belongs_to_word(c) else " " for c in plain)


def _plain(character: str) -> str:
    lower = character.lower()
    if any(first <= ord(character) <= last for first, last in _CYRILLIC):
        return _ACCENTED_CYRILLIC.get(lower, lower)
    folded = unicodedata.normalize("NFKD", character).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not _is_accent(c))
    whole = unicodedata.normalize("NFC", bare)
    return "".join(_LETTERS.get(c, c) for c in whole)


def _is_accent(character: str) -> bool:
    order = unicodedata.combining(character)
    if character in _VOICED:
        return False
    return order >= _ABOVE_OR_BELOW or order in _HEBREW_ARABIC_POINTS


def _belongs_to_word(character: str) -> bool:
    if character in _KANA_MIDDLE_DOTS:
        return False
    return character.isalnum() or unicodedata.category(character)[0] == "M"


class _Folding(dict[int, str]):
    """Caches the folding of characters. `uneven` are those met so far that become none or several
    characters, after which positions in the folded text differ from those in the text."""

    uneven = ""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character if code in _HAN else fold_character(character)
        self[code] = folded
        if len(folded) != 1:
            self.uneven += character
        return folded


class _Indexed(dict[str, str]):
    """Caches the normalized form of words, because they are repeated often."""

    def __missing__(self, word: str) -> str:
        parts = fold(word).split()
        made = " ".join(_tokens(piece) for part in parts for piece in pieces(part))
        if len(word) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[word] = made
        return made


_FOLDING = _Folding()
_INDEXED = _Indexed()


def compose(text: str) -> str:
    """Combines half-width kana, and letters followed by their accents, into single characters."""
    if text.isascii() or (unicodedata.is_normalized("NFC", text) and not _has_narrow_marks(text)):
        return text
    return unicodedata.normalize("NFC", _widen(text))


def _has_narrow_marks(text: str) -> bool:
    return "\uff9e" in text or "\uff9f" in text


def _widen(text: str) -> str:
    """Converts half-width kana to full width, so that a voicing mark joins the letter before it."""
    return "".join(
        unicodedata.normalize("NFKC", c) if "\uff61" <= c <= "\uff9f" else c for c in text
    )


def fold(text: str) -> str:
    """The words of a text, separated by white space; Chinese and Japanese are not split yet."""
    if text.isascii():
        return text.lower()
    return compose(text).translate(_FOLDING)


def places(text: str) -> list[int] | None:
    """For each character of the folded text its position in the text; None if they are equal. The
    text must have been composed and folded before."""
    if text.isascii() or not any(c in text for c in _FOLDING.uneven):
        return None
    return [place for place, c in enumerate(text) for _ in _FOLDING[ord(c)]]


def index_words(text: str) -> str:
    """The words of a text for the index, separated by white space."""
    if text.isascii():
        return text.lower()
    return " ".join(map(_INDEXED.__getitem__, text.split()))


def _tokens(piece: str) -> str:
    return pairs(piece) if unspaced(piece[0]) else piece


def pieces(part: str) -> list[str]:
    """Splits a part without white space where letters meet characters of unspaced scripts."""
    if not part or max(part) < _FIRST_UNSPACED:
        return [part] if part else []
    return _runs().findall(part)


@lru_cache(maxsize=1)
def _runs() -> re.Pattern[str]:
    """Compiled only for texts with unspaced characters, because it takes a millisecond."""
    ones = "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED)
    return re.compile(f"[{ones}]+|[^{ones}]+")


def pairs(run: str) -> str:
    """Each two neighbouring characters, and the last one alone, so that every character begins a
    word."""
    codes = array("I", run.encode(_CODES))
    found = array("I", [32]) * (3 * len(codes) - 1)  # "ab bc c ": two characters and a space each
    found[::3] = codes
    found[1:-1:3] = codes[1:]
    return found.tobytes().decode(_CODES).rstrip()
