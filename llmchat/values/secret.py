"""`Secret`: a key or token that never prints itself; and masking secrets in other text."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote, quote_plus

MASK = "***"
SHOWN = 8  # consecutive characters of a secret that may be shown: services identify keys by as many
RUN = SHOWN + 1
SHORTEST_MASKED = 6  # characters; masking a shorter one would hide ordinary words
SHORTEST_KEY = 20  # a shorter one is a word for a local server ("lm-studio"), not a random key
WORDS = re.compile(f"[!-~]{{{RUN},}}")  # text long enough to contain part of a key
LONGEST_ENCODED = 512  # longer ones are access tokens, whose encoded forms would take 5 ms
SAFE = re.compile("[!-~]+")
PERCENT = re.compile("%[0-9A-F]{2}")
URL_SAFE = str.maketrans("+/", "-_")
LONGEST_NAME = 20  # of an unknown command or provider that may be quoted
KEY_BEGINNINGS = ("sk-", "pk-", "rk-", "gsk_", "xai-", "hf_", "nvapi-", "ghp_")
PLAIN_KEYS = (  # with a figure: sk-learn-server is none; compiled when it is used
    rf"(?<![A-Za-z0-9])(?:{'|'.join(KEY_BEGINNINGS)})(?=[A-Za-z+=_-]*\d)[A-Za-z0-9+=_-]{{8,}}"
)
KEY_WORDS = re.compile("[A-Za-z0-9+=_-]{12,}")
LONGEST_PART = (
    24  # letters and digits without a hyphen; names of models and hosts have shorter ones
)
TELLING = ("auth", "key", "token", "cookie", "secret", "password")  # in names of headers


class Secret:
    """A text that prints as `***` everywhere; `reveal()` is the only way to get it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Mask:
    """Replaces every run of more than eight characters that a text shares with a secret, also in
    its base64 and URL-encoded forms, so that a partly echoed key is masked too."""

    __slots__ = ("_grams", "_whole")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        indexes = [_index(secret.reveal()) for secret in secrets]
        self._grams: frozenset[str] = frozenset().union(*(grams for grams, _ in indexes))
        self._whole = sorted({form for _, whole in indexes for form in whole}, key=len)[::-1]

    def __bool__(self) -> bool:
        return bool(self._grams or self._whole)

    def __call__(self, text: str) -> str:
        for form in self._whole:
            text = text.replace(form, MASK)
        at, kept = 0, []
        for start, end in self.runs(text):
            kept += [text[at:start], MASK]
            at = end
        return "".join([*kept, text[at:]]) if kept else text

    def runs(self, text: str) -> list[tuple[int, int]]:
        """Where runs of secrets begin and end, in linear time."""
        found: list[tuple[int, int]] = []
        for word in WORDS.finditer(text) if self._grams else ():
            for at in range(word.start(), word.end() - SHOWN):
                if text[at : at + RUN] in self._grams:
                    goes_on = bool(found) and at <= found[-1][1]
                    start = found.pop()[0] if goes_on else at
                    found.append((start, at + RUN))
        return found


class StreamMask:
    """The same for a text in pieces. Nothing is held back: the first eight characters of a run may
    be shown, and they identify what follows."""

    __slots__ = ("_hides", "_mask", "_seen")

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._seen = ""  # the last characters, before masking
        self._hides = False  # whether the last one was in a run

    def __call__(self, piece: str) -> str:
        if not self._mask:
            return piece
        text, at = self._seen + piece, len(self._seen)
        begun, kept = at, []
        runs = self._mask.runs(text)
        for start, end in runs:
            kept += [text[at:start], "" if self._hides and start <= begun else MASK]
            at = end
        kept.append(text[at:])
        self._hides = bool(runs) and runs[-1][1] == len(text)
        self._seen = text[-SHOWN:]
        return "".join(kept)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """`text` without the secrets."""
    return Mask(secrets)(text)


def long_keys(secrets: Iterable[Secret]) -> list[Secret]:
    """Secrets long enough to be masked in an answer without hiding its words."""
    return [secret for secret in secrets if len(secret.reveal()) >= SHORTEST_KEY]


def tells_secret(name: str) -> bool:
    """Whether a header of this name contains credentials."""
    return any(word in name.lower() for word in TELLING)


def may_be_key(word: str) -> bool:
    """Whether an unknown word may be a key and should not be quoted: our names are short and in
    lower case."""
    if len(word) <= SHOWN:
        return False
    plain = all("a" <= letter <= "z" or letter == "-" for letter in word)
    return not plain or len(word) > LONGEST_NAME or word.startswith(KEY_BEGINNINGS)


def plain_keys(text: str) -> list[str]:
    """What in it begins as the keys of services do, and looks like one."""
    return re.findall(PLAIN_KEYS, text)


def without_plain_keys(text: str) -> str:
    return redact(text, map(Secret, plain_keys(text)))


def without_keys(text: str) -> str:
    """A foreign name with anything like a key masked."""
    return KEY_WORDS.sub(lambda word: MASK if _looks_like_key(word[0]) else word[0], text)


def _looks_like_key(word: str) -> bool:
    if word.startswith(KEY_BEGINNINGS):
        return True
    parts = re.split("[-_]", word)
    return any(len(p) >= LONGEST_PART and not p.isalpha() and not p.isdigit() for p in parts)


@lru_cache(maxsize=32)
def _index(secret: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The runs of nine characters in all forms of a secret, and the forms that are shorter."""
    forms = set(_forms(secret)) if len(secret) >= SHORTEST_MASKED else set()
    spoken = {form for form in forms if len(form) >= RUN and SAFE.fullmatch(form)}
    grams = (form[at : at + RUN] for form in spoken for at in range(len(form) - SHOWN))
    return frozenset(grams), tuple(forms - spoken)


def _forms(secret: str) -> Iterable[str]:
    for plain in (secret, *_pieces(secret)):
        yield plain
        for encoded in _quoted(plain):
            yield encoded
            yield PERCENT.sub(lambda code: code[0].lower(), encoded)
    if len(secret) <= LONGEST_ENCODED:
        yield from _base64(secret.encode("utf-8", "surrogatepass"))


def _quoted(plain: str) -> Iterable[str]:
    """The URL-encoded and quoted forms, also with the surrogates of a variable that is not
    UTF-8."""
    for quoted in (quote, quote_plus):
        yield quoted(plain, errors="surrogatepass")
    yield quote(plain, safe="", errors="surrogatepass")


def _base64(data: bytes) -> Iterable[str]:
    """The base64 forms: alone or after other bytes (`Bearer `, `user:`), which shift it; without
    the characters that depend on those bytes."""
    for shift, shared in ((0, 0), (1, 2), (2, 3)):
        encoded = b2a_base64(bytes(shift) + data, newline=False).decode()[shared:]
        if len(encoded) >= RUN:
            yield from (encoded, encoded.translate(URL_SAFE))


def _pieces(secret: str) -> Iterable[str]:
    """The parts of a GigaChat key, which is base64 of `id:secret`."""
    try:
        plain = a2b_base64(secret, strict_mode=True).decode("ascii")
    except ValueError:
        return
    if plain.isprintable() and ":" in plain:
        yield from (part for part in (plain, plain.partition(":")[2]) if len(part) > 5)
