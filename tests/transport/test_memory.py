"""Whatever a server sends, the process stays small: bombs, endless lines, endless answers."""

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib
from collections.abc import Iterator

import pytest

from tests.servers.dialogues import chat_piece, frames
from tests.servers.scripted import JSON, SSE, TEXT, Visit, head, serving

LARGEST = 250  # MB, for the whole process
ASK = """
import asyncio, resource, sys
from llmchat.values.endpoint import Endpoint
from llmchat.errors import LlmchatError
from llmchat.values.events import Delta
from llmchat.values.messages import Message, Request
from llmchat.providers import load
from llmchat.values.secret import Secret

async def main(name, url, model):
    said = []
    async with load(name)(Endpoint(base_url=url, retries=0, api_key=Secret("k")), name=name) as p:
        try:
            async for event in p.stream(Request(model, (Message("user", "Hi"),))):
                if isinstance(event, Delta):
                    said.append(event.text)
            outcome = "answered"
        except LlmchatError as error:
            outcome = f"{error.kind}: {error.message}"
    print(len("".join(said)), peak() // 1024, outcome)

def peak():
    # ru_maxrss begins with the peak of the process that started us; Linux tells ours as well
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return int(status.read().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

asyncio.run(main(*sys.argv[1:]))
"""


def packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def endless(piece: bytes, *, megabytes: int = 400) -> Iterator[bytes]:
    for _ in range(megabytes * 2**20 // len(piece)):
        yield piece


def opened(start: bytes, then: bytes) -> Iterator[bytes]:
    yield start
    yield from endless(then)


MB = 2**20
FRAME = frames(chat_piece("слово " * 20_000))
ATTACKS = {
    "a gzip bomb": ("openai", "gzip", SSE, lambda: packed(endless(bytes(MB)))),
    "a gzip bomb of text": ("yqcloud", "gzip", TEXT, lambda: packed(endless(b"a" * MB))),
    "a gzip bomb as an error": ("openai", "gzip", "500", lambda: packed(endless(b"a" * MB))),
    "an endless line": ("openai", "", SSE, lambda: opened(b"data: ", b"x" * MB)),
    "an endless line of emoji": ("openai", "", SSE, lambda: opened(b"data: ", "👋".encode() * MB)),
    "an endless event": ("openai", "", SSE, lambda: endless(b"data: " + b"x" * MB + b"\n")),
    "an endless answer": ("openai", "", SSE, lambda: endless(FRAME)),
    "an endless text": ("yqcloud", "", TEXT, lambda: endless("ж".encode() * MB)),
    "an endless body": ("openai", "", JSON, lambda: opened(b'{"x": "', b"x" * MB)),
    "a body of empty objects": (
        "openai", "", JSON, lambda: iter([b'{"x":[' + b"{}," * (5 * MB) + b"{}]}"]),
    ),
    "a frame of empty lists": (
        "openai", "", SSE, lambda: iter([b'data: {"x":[' + b"[]," * (5 * MB) + b"[]]}\n\n"]),
    ),
    "a deep body": ("openai", "", JSON, lambda: iter([b'{"x":' + b"[" * (8 * MB)])),
}  # fmt: skip


@pytest.mark.parametrize(("name", "coding", "kind", "body"), ATTACKS.values(), ids=ATTACKS)
async def test_peak_memory_stays_under_its_bound(
    name: str, coding: str, kind: str, body: object
) -> None:
    """The process ends with an error of ours, having kept no more than 24 MB of text."""

    async def script(visit: Visit) -> None:
        status, content_type = (500, JSON) if kind == "500" else (200, kind)
        more = {"content_encoding": coding} if coding else {}
        await visit.send(head(status, content_type, version="1.0", **more))
        for piece in body():  # type: ignore[operator]  # a table of many kinds
            await visit.send(piece)

    async with serving(script) as server:
        model = "m" if name == "openai" else ""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASK, name, server.url, model, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(50):
            out, _ = await process.communicate()
    size, peak, *outcome = out.decode().split(" ")
    print(name, kind, size, peak, *outcome)
    assert outcome[0] != "answered\n"
    assert int(peak) < LARGEST
    assert int(size) <= 24 * MB


def test_the_bombs_are_bombs() -> None:
    """A few hundred kilobytes on the wire that would be four hundred megabytes in memory."""
    wire = b"".join(packed(endless(bytes(MB), megabytes=20)))
    assert len(wire) < 100_000
    assert len(gzip.decompress(wire)) == 20 * MB
