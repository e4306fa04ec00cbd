"""Makes foreign text harmless for a terminal, character by character.

C0 becomes ^X, DEL ^?, and C1, bidi controls, tags, variation selectors above 16 and other invisible
characters `<U+202E>`. Combining marks need a base and are limited in number; joiners are kept only
where they join something, and tags only in the flag of a region.

Why: docs/decisions/0023-cleaned-after-reading.md.
"""

from __future__ import annotations

import re
import unicodedata

MARKS_KEPT = 6  # Tibetan and Vedic stacks have up to six; Zalgo text has dozens
LONELY = "\u25cc"  # Unicode's base for a mark without one
REPLACED = "\ufffd"
JOINERS = "\u200c\u200d"
SEEN_FORMATS = frozenset(
    [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
)  # of category Cf, but visible
HIDDEN = re.compile(  # Default_Ignorable_Code_Point outside category Cf (DerivedCoreProperties.txt)
    r"[\u034f\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u2028-\u2029\u2065"
    r"\u3164\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
FLAG = "\U0001f3f4"  # a black flag, which tags turn into that of England, Scotland or Texas
TAGS = frozenset(map(chr, range(0xE0020, 0xE0080)))
CANCEL_TAG = "\U000e007f"
REGION = re.compile(r"[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
FLAGS = re.compile(f"({FLAG}{REGION.pattern})")
LONGEST_REGION = 7  # characters, including the final tag


def clean(text: str) -> str:
    """The text with its line ends and tabs, and no other character that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    cleaner = Cleaner()
    return cleaner.feed(text) + cleaner.flush()


def clean_line(text: str) -> str:
    """The text cleaned and on one line: for titles, names, errors."""
    if text.isascii() and text.isprintable():
        return text
    return clean(text).replace("\n", " ").replace("\t", " ")


def guarded(text: str) -> str:
    """The last check before a terminal, for text that is already clean: drops what is not."""
    if text.isprintable() and (text.isascii() or not HIDDEN.search(text)):
        return text
    parts = FLAGS.split(text)
    parts[::2] = [_seen(part) for part in parts[::2]]
    return "".join(parts)


def _seen(text: str) -> str:
    return "".join([char for char in text if char not in "\n\t" and _SHOWN[ord(char)] == char])


def hides(text: str) -> bool:
    """Whether a person who looks into it sees less than it contains."""
    text = text.replace("\r\n", "\n")
    shown = clean(text)
    return any(_is_unseen(char) and shown.count(char) < text.count(char) for char in set(text))


def acts(char: str) -> bool:
    """Whether a terminal would obey the character, or show nothing for it."""
    return char in JOINERS or _SHOWN[ord(char)] != char


class Cleaner:
    """Cleans a stream that may be split anywhere: the pieces together equal `clean` of the
    whole."""

    def __init__(self) -> None:
        self._return = False  # a carriage return that may be part of a line end
        self._based = False  # whether there is a base for a mark
        self._joinable = False
        self._varied = False
        self._marks = 0
        self._flag = False  # whether the last character was a black flag
        self._tags = ""  # tags after it, kept until it is certain what they spell

    def feed(self, text: str) -> str:
        if not text:
            return ""
        if self._return or "\r" in text:
            text = self._without_returns(text)
        if self._tags:
            return "".join([self._one(char) for char in text])
        shown = text.translate(_SHOWN)
        if text.isascii() or _STATEFUL.isdisjoint(text):
            self._remember(shown)
            return shown
        return "".join([self._one(char) for char in text])

    def flush(self) -> str:
        """The text that was held back, at the end of the stream."""
        held, self._return = self._return, False
        return self._spelled() + ("^M" if held else "")

    def _without_returns(self, text: str) -> str:
        """Converts CR LF to line ends; a lone CR is kept, to be shown."""
        if self._return:
            text = "\r" + text
        self._return = text.endswith("\r")
        return text[: len(text) - self._return].replace("\r\n", "\n")

    def _remember(self, text: str) -> None:
        if text:
            self._based = text[-1] not in "\n\t"
            self._joinable = not text[-1].isascii() and self._based
            self._varied, self._marks, self._flag = False, 0, text[-1] == FLAG

    def _one(self, char: str) -> str:
        if char in TAGS:
            return self._tag(char)
        return self._spelled() + self._untagged(char) if self._tags else self._untagged(char)

    def _tag(self, char: str) -> str:
        if not self._flag:
            return _named(char)
        self._tags += char
        ended = char == CANCEL_TAG or len(self._tags) == LONGEST_REGION
        return self._spelled() if ended else ""

    def _spelled(self) -> str:
        """The tags if they spell a region, else their code points."""
        tags, self._tags, self._flag = self._tags, "", False
        return tags if REGION.fullmatch(tags) else "".join(map(_named, tags))

    def _untagged(self, char: str) -> str:
        self._flag = False
        if char in JOINERS:
            return self._joiner(char)
        if char in _STATEFUL:
            return self._mark(char)
        shown = _SHOWN[ord(char)]
        self._remember(shown)
        return shown

    def _joiner(self, char: str) -> str:
        """A joiner where it is needed (emoji families, Persian and Indic words), else its code
        point."""
        joins, self._joinable = self._joinable, False
        return char if joins else _named(char)

    def _mark(self, char: str) -> str:
        if _is_selector(char):
            return self._selector(char)
        self._marks += 1
        if self._marks > MARKS_KEPT:
            return REPLACED if self._marks == MARKS_KEPT + 1 else ""
        base, self._based, self._joinable = "" if self._based else LONELY, True, True
        return base + char

    def _selector(self, char: str) -> str:
        """A variation selector, only one for each base: a sequence of them can carry hidden
        bytes."""
        stands, self._varied = self._based and not self._varied, True
        return char if stands else _named(char)


class _Shown(dict[int, str]):
    """Caches what is shown for each character."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in JOINERS or char in TAGS or _is_mark(char):
            _STATEFUL.add(char)
        shown = self[code] = _shown(char)
        return shown


def _shown(char: str) -> str:
    code = ord(char)
    if char in "\n\t":
        return char
    if code < 0x20:
        return "^" + chr(code + 0x40)
    if code == 0x7F:
        return "^?"
    if unicodedata.category(char) == "Cs" or code & 0xFFFE == 0xFFFE:
        return REPLACED
    placed = char in JOINERS or _is_selector(char)  # seen or not by what stands before
    return _named(char) if _is_unseen(char) and not placed else char


def _is_unseen(char: str) -> bool:
    """Wherever it stands, nothing is drawn for it."""
    category = unicodedata.category(char)
    hidden = category == "Cc" or (category == "Cf" and ord(char) not in SEEN_FORMATS)
    return hidden or _is_selector(char) or bool(HIDDEN.match(char))


def _named(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def _is_selector(char: str) -> bool:
    return 0xFE00 <= ord(char) <= 0xFE0F


def _is_mark(char: str) -> bool:
    """Whether the character takes no cell of its own: marks, and vowels and tails of conjoining
    Hangul."""
    code = ord(char)
    if HIDDEN.match(char):
        return False
    hangul = 0x1161 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF
    return hangul or unicodedata.category(char).startswith("M")


_STATEFUL: set[str] = set()
_SHOWN = _Shown()
