"""Texts made to keep a search busy: each of 400 kB is looked through in a moment."""

from __future__ import annotations

import random
import string
from collections.abc import AsyncIterator
from contextlib import suppress
from io import StringIO
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmchat.errors import LlmchatError, ServiceError, UsageError
from llmchat.inputs.page import page_text
from llmchat.inputs.text import WebPage
from llmchat.privacy.secrets import secrets_in
from llmchat.providers.formats.readers import json_object
from llmchat.providers.keyless.chatglm import Part
from llmchat.render.plain import Plain
from llmchat.sse import Decoder
from llmchat.store.search.query import moment, parse
from llmchat.values.events import Delta
from llmchat.values.secret import RUN, Mask, Secret

SECONDS = 20.0  # of a busy processor that is measured as well; quadratic ones take minutes
SIZE = 400_000
PIECES = [
    *(
        "sk-",
        "sk-a-",
        "sk-aaaaaaaaaaaaaaaaaaa-",
        "a.",
        "a.a",
        "eyJ",
        "eyJaaaaaaaaaa.",
        "eyJaaaaaaaaaa-",
    ),
    *(
        "KEY",
        "A_KEY",
        "export ",
        " ",
        "\t",
        "authorization:",
        "authorization: bearer ",
        "a://",
        "://a:",
    ),
    *(
        "a://b:c",
        "-----BEGIN ",
        "-----BEGIN A ",
        "ghp_",
        "xoxa-",
        "1",
        "123456789:",
        "AIza",
        "A",
        "/",
    ),
    *('="', "=", "password", "password: ", "password=", 'password="', 'password="S3cr3t!T" '),
    *("password: str = ", "secret: a|", ':"a1b2c3d4e"', "=> ", "=b'", "a1-", 'token="{(<'),
    *("npm_", "pypi-", "glpat-", "hf_", "A=", "a@", ":", "AKIA"),
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["", "!", "="])
def test_the_look_for_secrets_is_linear(piece: str, end: str) -> None:
    text = (piece * (SIZE // len(piece) + 1))[:SIZE] + end
    begun = process_time()
    secrets_in(text)
    assert process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("see https://anna:s3cret@host/x", "a password in a URL"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", "an access token"),
        ("key: sk-proj-" + "a1" * 20, "an API key"),
        ("  export MY_API_KEY_2 = 'abcdefgh'", "a line of an .env file"),
    ],
)
def test_what_was_found_still_is(text: str, kind: str) -> None:
    assert secrets_in(text) == (kind,)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["<", "< ", "</", "<a", "<!", "<p>", "&", "<title>", "<a b='"])
def test_a_page_of_nine_megabytes_of_marks(piece: str) -> None:
    page = WebPage("http://x/", "text/html", (piece * (9_000_000 // len(piece))).encode())
    begun = process_time()
    with suppress(UsageError):  # it contains no text
        page_text(page)
    assert process_time() - begun < 4 * SECONDS


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "rot13", "x" * 9000, ""])
def test_only_charsets_of_pages_are_taken(charset: str) -> None:
    page = WebPage("http://x/", f"text/plain; charset={charset}", b"plain words " * 100_000)
    begun = process_time()
    assert page_text(page).text.startswith("plain words")
    assert process_time() - begun < SECONDS


def test_a_real_charset_is_taken() -> None:
    page = WebPage("http://x/", "text/plain; charset=KOI8-R", "привет".encode("koi8-r"))
    assert page_text(page).text == "привет"


def test_filters_without_end_are_a_mistake() -> None:
    with pytest.raises(UsageError, match="too many"):
        parse("model:a " * 1500, now=0)
    for value in ("9" * 400 + "d", "9" * 400, "9999999y"):
        with pytest.raises(UsageError, match="not a date"):
            moment(value, now=0)


@given(st.lists(st.binary(max_size=40), max_size=20))
@settings(max_examples=100, deadline=None)
def test_an_event_stream_is_the_same_however_it_is_cut(pieces: list[bytes]) -> None:
    cut, whole = Decoder(), Decoder()
    found = [event for piece in pieces for event in cut.feed(piece)]
    assert found == list(whole.feed(b"".join(pieces)))


@given(st.binary(max_size=100) | st.text('[]{}:,"\\ 019.eE-+truefalsn', max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_reply_is_an_object_or_none(text: bytes | str) -> None:
    found = json_object(text)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '{"a": ' + "9" * 10_000 + "}"])
def test_deep_and_long_json_is_none(text: str) -> None:
    assert json_object(text) is None


KEYS = st.text(string.ascii_letters + string.digits + "-_+/=.", min_size=20, max_size=80)
FIELDS = ("message", "hint", "request_id")


@given(KEYS, st.integers(0, 10**6), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_part_of_a_key_comes_out_of_any_field(
    key: str, seed: int, before: str, after: str
) -> None:
    """Cut anywhere, between any words, in any field of an error."""
    chance = random.Random(seed)
    start = chance.randrange(len(key))
    said = before + key[start : start + chance.randint(1, len(key))] + after
    error: LlmchatError = ServiceError(said, hint=said, request_id=said)
    error.rewrite(Mask([Secret(key)]))
    for field in FIELDS:
        told = str(getattr(error, field))
        assert not any(key[at : at + RUN] in told for at in range(len(key) - RUN + 1)), field


def test_a_word_that_is_repeated_is_marked_once() -> None:
    """Each mark is looked for in every text that was found."""
    assert parse("x/" * 3000, now=0).marks == ("x",)


async def test_blank_lines_without_an_end_are_written_in_linear_time() -> None:
    """24 MB of them, which a service may send for an answer."""

    async def lines() -> AsyncIterator[Delta]:
        for _ in range(6000):
            yield Delta("\n" * 4000)
        yield Delta("end")

    begun, stream = process_time(), StringIO()
    await Plain(stream, tty=False).show(lines())
    assert stream.getvalue() == "\n" * 24_000_000 + "end\n"
    assert process_time() - begun < SECONDS


@pytest.mark.parametrize("final", [False, True])
def test_an_answer_in_tiny_frames_is_joined_in_linear_time(final: bool) -> None:
    part, begun = Part("text", "1"), process_time()
    part.news("a")
    part.news("ab")
    for _ in range(400_000):
        part.last_news("x" * 20) if final else part.news("x" * 20)
    assert len(part.text) == 8_000_002
    assert process_time() - begun < SECONDS
