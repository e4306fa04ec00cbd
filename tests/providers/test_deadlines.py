"""The deadlines end to end, over real sockets: what counts as a beginning, and what as content."""

from __future__ import annotations

import asyncio

import pytest

from llmchat.errors import IncompleteAnswer, Timeout
from llmchat.values.endpoint import Deadlines, Endpoint
from llmchat.values.events import Fallback, Finish
from tests.providers.conftest import KEY, Asking, Heard
from tests.servers.dialogues import CHAT, chat_piece, frames
from tests.servers.scripted import Script, Visit, chunked, head, in_turn, serving, whole

OPENED = head(200, transfer_encoding="chunked")
PING = chunked([b": ping\n\n"], ended=False)


def piece(data: bytes) -> bytes:
    return chunked([data], ended=False)


async def heard(script: Script, *, retries: int = 0, **deadlines: float) -> Heard:
    async with serving(script) as server:
        endpoint = Endpoint(
            base_url=server.url,
            api_key=KEY,
            retries=retries,
            deadlines=Deadlines(**deadlines),
        )
        async with asyncio.timeout(60):
            return await Asking().over(None, "openai", endpoint=endpoint, model="m")


async def silent(visit: Visit) -> None:
    await visit.hung_up()


async def headers_only(visit: Visit) -> None:
    await visit.send(OPENED)
    await visit.hung_up()


async def pings(visit: Visit) -> None:
    await visit.send(OPENED)
    while True:
        await visit.send(PING, pause=0.02)


async def empty_frames(visit: Visit) -> None:
    await visit.send(OPENED)
    while True:
        await visit.send(piece(frames(chat_piece())), pause=0.02)


@pytest.mark.parametrize("script", [silent, headers_only, pings, empty_frames])
async def test_the_first_token_covers_everything_before_the_first_content(script: Script) -> None:
    error = (await heard(script, first_token=0.2)).failed()
    assert (type(error), error.exit_code) == (Timeout, 6)
    assert "no answer began within 0.2 s" in error.message


async def test_pings_are_no_content() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(OPENED, piece(frames(chat_piece("Hi"))))
        while True:
            await visit.send(PING, pause=0.02)

    got = await heard(script, content=0.2)
    assert (type(got.failed()), got.text) == (IncompleteAnswer, "Hi")
    assert "keep-alives" in got.failed().message


async def test_silence_after_some_text_is_a_stall_and_the_text_is_kept() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(OPENED, piece(frames(chat_piece("Hi"))))
        await visit.hung_up()

    got = await heard(script, stall=0.15)
    assert (type(got.failed()), got.text) == (IncompleteAnswer, "Hi")
    assert "no data for 0.15 s" in got.failed().message


async def test_the_total_covers_all_attempts_and_their_pauses() -> None:
    again = whole("{}", "application/json", status=503, retry_after=30)
    got = await heard(in_turn(again), retries=2, total=9.0)
    assert got.failed().kind == "unavailable"
    assert not any(isinstance(event, Fallback) for event in got.events)


async def test_a_slow_but_living_stream_is_read_to_its_end() -> None:
    async def script(visit: Visit) -> None:
        parts = [CHAT[i : i + 40] for i in range(0, len(CHAT), 40)]
        await visit.send(OPENED)
        await visit.send(*[piece(p) for p in parts], pause=0.1)
        await visit.send(b"0\r\n\r\n")

    got = await heard(script, first_token=3, stall=3, content=3)
    assert got.error is None


@pytest.mark.parametrize("after", ["silence", "pings", "reset"])
async def test_nothing_is_waited_for_long_after_the_finish_mark(after: str) -> None:
    """No [DONE] and no end comes; the answer is whole all the same."""

    async def script(visit: Visit) -> None:
        said = frames(chat_piece("Hi"), chat_piece("", "stop"))
        await visit.send(OPENED, piece(said), pause=0.02)
        if after == "reset":
            visit.reset()
        elif after == "silence":
            await visit.hung_up()
        while after == "pings":
            await visit.send(PING, pause=0.05)

    got = await heard(script, stall=30, content=30)
    assert (got.error, got.text) == (None, "Hi")
    assert got.finish == Finish("stop", "served-1")


async def test_after_done_nothing_is_waited_for_at_all() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(OPENED, piece(CHAT))
        await visit.hung_up()

    loop = asyncio.get_running_loop()
    start = loop.time()
    assert (await heard(script)).error is None
    assert loop.time() - start < 1.9  # less than the moment that is granted without the mark
