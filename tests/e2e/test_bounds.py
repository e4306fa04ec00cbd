"""Servers that send too much: an end in time, and never more than 250 MB of memory."""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import cache
from typing import Any

from tests.e2e.faults import Fault, Outcome, each, judge
from tests.e2e.frames import SAID, delta, stop
from tests.servers.scripted import HTML, JSON, SSE, TEXT, Script, Visit, always, head, whole

MB = 1024 * 1024
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\2\xff"  # its first ten bytes, of a file without a name
HALF = delta("The answer ")
CUT = "The answer \n"
NOTHING = "MB without any content"
LOCAL = {"LLMCHAT_LLAMACPP_MODEL": "m1"}


@cache
def bomb(size: int, *, start: bytes = b"", fill: bytes = b"\0") -> bytes:
    """So many megabytes in a few kilobytes: one compressed megabyte, repeated."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = fill * (MB // len(fill))
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)  # forgets what came before
    packed += (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)) * size + packer.flush()
    check = zlib.crc32(start)
    for _ in range(size):
        check = zlib.crc32(block, check)
    return GZIP + packed + struct.pack("<II", check, len(start) + size * len(block))


def flood(start: bytes, again: bytes, times: int, *, reply: bytes = b"") -> Script:
    """A beginning, and then the same piece many times."""

    async def script(visit: Visit) -> None:
        await visit.send((reply or head(200, SSE)) + start)
        block = again * max(1, MB // len(again))
        for _ in range(max(1, times * len(again) // len(block))):
            if visit.writer.is_closing():
                return
            visit.writer.write(block)
            await visit.writer.drain()

    return script


def zipped(body: bytes, content_type: str = SSE, **headers: Any) -> Script:
    return always(whole(body, content_type, content_encoding="gzip", **headers))


LINE = flood(b'data: {"choices":[{"delta":{"content":"', b"x" * MB, 64)
FAULTS = (
    Fault("a line without an end", LINE, 8, "no_answer", "longer than 16 MB", asked=1),
    Fault(
        "an event of many lines",
        flood(b"", b"data: " + b"x" * 1000 + b"\n", 70_000),
        8,
        "no_answer",
    ),
    Fault("a comment without an end", flood(b": ", b"x" * MB, 64), 8, "no_answer"),
    Fault(
        "a line without an end after a text",
        flood(HALF + b"data: ", b"x" * MB, 64),
        10,
        "incomplete",
        out=CUT,
    ),
    Fault(
        "headers without an end",
        flood(b"", b"X-More: yes\r\n", 8 * MB, reply=b"HTTP/1.1 200 OK\r\n"),
        8,
        "no_answer",
    ),
    Fault(
        "a header without an end",
        flood(b"X-More: ", b"y" * MB, 64, reply=b"HTTP/1.1 200 OK\r\n"),
        8,
        "no_answer",
    ),
    Fault(
        "an object without an end",
        flood(b'{"choices":"', b"x" * MB, 64, reply=head(200, JSON)),
        8,
        "no_answer",
        "larger than",
    ),
    Fault(
        "a page without an end",
        flood(b"<!DOCTYPE html>", b"<p>x", 16 * MB, reply=head(200, HTML)),
        8,
        "no_answer",
    ),
    Fault(
        "an error without an end",
        flood(b'{"error":"', b"x" * MB, 64, reply=head(400, JSON)),
        2,
        "bad_request",
    ),
    Fault(
        "an object of many values",
        always(whole(b'{"a":[' + b"{}," * (5 * MB) + b"0]}", JSON)),
        8,
        "no_answer",
    ),
    Fault("a bomb as a stream", zipped(bomb(300)), 8, "no_answer"),
    Fault(
        "a bomb as a text in a frame",
        zipped(bomb(300, start=HALF + b"data: ", fill=b"x")),
        10,
        "incomplete",
        out=CUT,
    ),
    Fault(
        "a bomb as an object",
        zipped(bomb(300, start=b'{"a":"', fill=b"x"), JSON),
        8,
        "no_answer",
    ),
    Fault(
        "a bomb as an error",
        zipped(bomb(300, fill=b"x"), JSON, status=500, retry_after="0", connection="close"),
        8,
        "unavailable",
    ),
    Fault("a bomb in a bomb", zipped(gzip.compress(bomb(300))), 8, "no_answer"),
    Fault(
        "a bomb of comments",
        zipped(bomb(300, fill=b": " + b"c" * 1020 + b"\n\n")),
        8,
        "no_answer",
        NOTHING,
    ),
    Fault(
        "a raw text without an end",
        flood(b"", b"x" * MB, 80, reply=head(200, TEXT)),
        10,
        "incomplete",
        "24 MB",
        provider="yqcloud",
    ),
    Fault(
        "an early hint without an end",
        flood(
            b"",
            b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
            64 * 1024 * MB,  # for ever
            reply=b"HTTP/1.1 100 Continue\r\n\r\n",
        ),
        8,
        "no_answer",
        NOTHING,
        provider="llamacpp",
        env=LOCAL,
        flags=(),
    ),
    *(
        Fault(
            f"{name}, of a local server that may be silent for 300 s",
            flood(b"", piece, 64 * 1024 * MB, reply=head(200, SSE, **headers)),
            8,
            "no_answer",
            NOTHING,
            provider="llamacpp",
            env=LOCAL,
            flags=(),
        )
        for name, piece, headers in (
            ("blank lines", b"\n", {}),
            ("comments", b": ping\n\n", {}),
            ("frames without a word", delta("", role="assistant"), {}),
            ("empty gzip files", gzip.compress(b""), {"content_encoding": "gzip"}),
        )
    ),
)
ANSWERS = (
    Fault(
        "keep-alives for 300 s",
        always(whole(b"\n" * 300 + (b": " + b"." * 3000 + b"\n\n") * 300 + delta(SAID) + stop())),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault(
        "interim heads for 300 s",
        always(b"HTTP/1.1 102 Processing\r\n\r\n" * 300 + whole(delta(SAID) + stop())),
        0,
        "",
        out=f"{SAID}\n",
    ),
    Fault("many small pieces", flood(b"", delta("word "), 20_000), 10, "incomplete"),
    Fault(
        "a large answer",
        always(whole(delta("x" * (8 * MB)) + stop())),
        0,
        "",
        out="x" * (8 * MB) + "\n",
    ),
)


@each(FAULTS)
def test_bound(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[fault.name]
    if fault.provider == "yqcloud":  # how much of it is shown depends on how it was cut
        assert len(outcome.result.out) <= 24 * MB + 1
        assert set(outcome.result.out) == {"x", "\n"}
        assert (outcome.result.code, outcome.result.peak_mb < 250) == (10, True)
    else:
        judge(outcome)


@each(ANSWERS)
def test_large_answer(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    """What is large and right arrives whole."""
    result = outcomes[fault.name].result
    assert result.code == fault.code
    assert result.peak_mb < 250
    assert not fault.out or result.out == fault.out
    assert SAID not in result.err
