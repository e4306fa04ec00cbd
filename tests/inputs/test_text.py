"""Bytes as text: the right thing, or a clear no."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import UsageError
from llmchat.inputs.text import MARKS, Decoded, decode

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю.\n"
FRENCH = "Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter.\n"


@pytest.mark.parametrize(
    ("content", "text", "notice"),
    [
        (b"", "", ""),
        (b"plain\r\n", "plain\r\n", ""),
        (RUSSIAN.encode(), RUSSIAN, ""),
        (RUSSIAN.encode("utf-8-sig"), RUSSIAN, ""),
        (RUSSIAN.encode("utf-16"), RUSSIAN, ""),
        (RUSSIAN.encode("utf-32"), RUSSIAN, ""),
        (b"\xfe\xff" + RUSSIAN.encode("utf-16-be"), RUSSIAN, ""),
        ("plain text\n".encode("utf-16-le"), "plain text\n", "n: read as UTF-16"),
        ("plain text\n".encode("utf-16-be"), "plain text\n", "n: read as UTF-16"),
        (RUSSIAN.encode("cp1251"), RUSSIAN, "n: read as Windows-1251"),
        (FRENCH.encode("cp1252"), FRENCH, "n: read as Windows-1252"),
        ("я".encode("cp1251"), "я", "n: read as Windows-1251"),
        ("语言模型".encode(), "语言模型", ""),
        (b"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n", ""),
        (
            "語".encode() * 9 + b"\xff",
            "語" * 9 + "\ufffd",
            "n: damaged UTF-8; bad characters are replaced with \ufffd",
        ),
        (
            b"\xff\xfea\0b",
            "ab"[0] + "\ufffd",
            "n: damaged UTF-16; bad characters are replaced with \ufffd",
        ),
    ],
)
def test_texts_are_read_as_they_were_meant(content: bytes, text: str, notice: str) -> None:
    assert decode(content, "n") == Decoded(text, notice)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "n is binary, not text"),
        (b"text with a\0 NUL", "n is binary, not text"),
        (b"\x01\x02\x03\x04text", "n is binary, not text"),
        (b"%PDF-1.7\n...", "n is a PDF, not text"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        decode(content, "n")
    assert "-a" in caught.value.hint


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
NO_CONTROLS = st.characters(exclude_categories=("Cs", "Cc"))


@settings(max_examples=200)
@given(st.text(NO_CONTROLS, max_size=40), ENCODINGS)
def test_unicode_is_read_exactly(text: str, encoding: str) -> None:
    if encoding == "utf-8" and text.startswith(("\ufeff", "%PDF-")):
        return  # that is a mark, or a document
    assert decode(text.encode(encoding), "n").text == text


@settings(max_examples=200)
@given(st.text(st.sampled_from("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВЯё \n.,"), min_size=1))
def test_russian_of_windows_is_never_lost(text: str) -> None:
    content = text.encode("cp1251")
    by_accident = not content.decode(errors="ignore").isascii()  # "Рё" is UTF-8 as well
    if not by_accident and not content.startswith(tuple(mark for mark, _ in MARKS)):
        assert decode(content, "n").text == text


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_text_or_an_error_of_usage(content: bytes) -> None:
    with suppress(UsageError):
        decode(content, "n").text.encode()
