"""Decodes bytes as text: UTF-8, UTF-16, Windows-1251 and -1252; refuses binary data.

Why: docs/decisions/0046-foreign-bytes-as-text.md.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from llmchat.errors import UsageError
from llmchat.language import msg

MARKS = (  # UTF-32 first: its mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
SAMPLE = 65_536  # bytes used for guesses
FEW = 0.1  # share of broken bytes among non-ASCII ones in a damaged UTF-8 file
CYRILLIC_YO = (0xA8, 0xB8)
ACCENTS = 0.2  # share of non-ASCII letters next to an ASCII letter
CONTROLS = bytes(sorted(set(range(32)) - set(b"\t\n\r\f\b\x1b"))) + b"\x7f"
MOST_CONTROLS = 0.02  # share of control characters; more mean a program or a picture
TWO_BYTES = 0.6  # share of NULs at every second byte: UTF-16 without its mark
BINARY_HINT = msg("send pictures and documents with -a")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and a notice if it was not plain UTF-8."""

    text: str
    notice: str = ""


@dataclass(frozen=True, slots=True)
class WebPage:
    """The response for a page; `media_type` is the whole Content-Type header."""

    url: str
    media_type: str
    content: bytes = field(repr=False)


def decode(content: bytes, name: str) -> Decoded:
    """Decodes UTF-8, and UTF-16 and UTF-32 by their marks, else guesses Windows-1251 or -1252."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _marked(content, name, encoding)
    if content.startswith(b"%PDF-"):
        raise UsageError(msg("{name} is a PDF, not text", name=name), hint=BINARY_HINT)
    if b"\0" in content[:SAMPLE]:
        return _unmarked_utf16(content, name)
    controls = len(content[:SAMPLE]) - len(content[:SAMPLE].translate(None, CONTROLS))
    if controls > MOST_CONTROLS * len(content[:SAMPLE]):
        raise _binary(name)
    try:
        return Decoded(content.decode())
    except UnicodeDecodeError:
        return _guessed(content, name)


def _marked(content: bytes, name: str, encoding: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding))
    except UnicodeDecodeError:
        return _with_replacements(content, name, encoding)


def _with_replacements(content: bytes, name: str, encoding: str) -> Decoded:
    text = content.decode(encoding, errors="replace")
    return Decoded(
        text,
        msg(
            "{name}: damaged {encoding}; bad characters are replaced with �",
            name=name,
            encoding=encoding.upper(),
        ),
    )


def _unmarked_utf16(content: bytes, name: str) -> Decoded:
    """Decodes UTF-16 without a mark if it is mostly ASCII, with a NUL at every even or every odd
    byte; raises an error otherwise."""
    sample = content[:SAMPLE] if len(content) % 2 == 0 else b""
    half = len(sample) / 2
    for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        pattern = sample[zeros::2].count(0) > TWO_BYTES * half and 0 not in sample[letters::2]
        text = content.decode(encoding, errors="replace") if pattern else ""
        if text and not any(control in text[:SAMPLE] for control in map(chr, CONTROLS)):
            return Decoded(text, msg("{name}: read as UTF-16", name=name))
    raise _binary(name)


def _guessed(content: bytes, name: str) -> Decoded:
    sample = content[:SAMPLE]
    beyond = sum(byte > 127 for byte in sample)
    if sample.decode(errors="replace").count("\ufffd") <= FEW * beyond:
        return _with_replacements(content, name, "utf-8")
    if _looks_cyrillic(sample):
        text = content.decode("cp1251", errors="replace")
        return Decoded(text, msg("{name}: read as Windows-1251", name=name))
    return Decoded(
        content.decode("cp1252", errors="replace"), msg("{name}: read as Windows-1252", name=name)
    )


def _looks_cyrillic(sample: bytes) -> bool:
    """Whether it is Cyrillic: in Latin words accented letters are next to plain ones, in Russian
    they are not."""
    foreign = accents = 0
    for i, byte in enumerate(sample):
        if byte >= 0xC0 or byte in CYRILLIC_YO:
            foreign += 1
            accents += _is_plain_letter(sample, i - 1) or _is_plain_letter(sample, i + 1)
    return foreign > 0 and accents <= ACCENTS * foreign


def _is_plain_letter(sample: bytes, at: int) -> bool:
    return 0 <= at < len(sample) and sample[at : at + 1].isalpha()


def _binary(name: str) -> UsageError:
    return UsageError(msg("{name} is binary, not text", name=name), hint=BINARY_HINT)
