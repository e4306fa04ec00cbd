"""The wire over real sockets: what is sent, what is bounded, what ends in time."""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
import weakref
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from llmchat import __version__
from llmchat.errors import (
    ConfigError,
    LlmchatError,
    NetworkError,
    NotAnAnswer,
    ServiceError,
    Timeout,
)
from llmchat.transport import Reply, Wire
from llmchat.transport import reply as bounds
from llmchat.transport.errors.status import refusal
from llmchat.values.endpoint import Deadlines, Endpoint, Proxies, is_loopback
from llmchat.values.flood_limits import MOST_FILLER
from llmchat.values.secret import Secret
from tests.servers.network import Network, body
from tests.servers.scripted import (
    TEXT,
    Script,
    Server,
    Visit,
    always,
    chunked,
    head,
    in_turn,
    serving,
    whole,
)
from tests.transport.conftest import Certified


@asynccontextmanager
async def replied(
    script: Script, *, path: str = "/", endpoint: Endpoint | None = None, **request: Any
) -> AsyncIterator[tuple[Reply, Server]]:
    async with serving(script) as server:
        wire = Wire(endpoint or Endpoint())
        try:
            async with wire.send("POST", server.url + path, **request) as reply:
                yield reply, server
        finally:
            await wire.aclose()


async def body_of(script: Script, *, endpoint: Endpoint | None = None) -> bytes:
    async with replied(script, endpoint=endpoint) as (reply, _):
        return await reply.whole()


async def failure_of(script: Script, *, endpoint: Endpoint | None = None) -> LlmchatError:
    with pytest.raises(LlmchatError) as caught:
        await body_of(script, endpoint=endpoint)
    return caught.value


async def test_a_request_goes_out_as_it_was_asked_for_and_wants_no_compression() -> None:
    async with replied(
        always(whole("ok")), path="/a?b=1", json={"text": "ж\ud800"}, headers={"X-Y": "z"}
    ) as (reply, server):
        assert (reply.status, reply.content_type, await reply.whole()) == (
            200, "text/event-stream", b"ok",
        )  # fmt: skip
    asked = server.asked[0]
    assert (asked.method, asked.target, asked.headers["x-y"]) == ("POST", "/a?b=1", "z")
    assert asked.body == b'{"text":"\xd0\xb6?"}'  # half a surrogate pair stops nothing
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.headers["user-agent"] == f"llmchat/{__version__}"


async def test_a_form_is_url_encoded_and_parameters_join_the_address() -> None:
    async with replied(always(whole("ok")), form={"a": "ж b"}, params={"q": "1"}) as (_, server):
        assert server.asked[0].body == b"a=%D0%B6+b"
        assert server.asked[0].target == "/?q=1"


async def test_headers_of_the_endpoint_are_sent_and_those_of_the_request_win() -> None:
    endpoint = Endpoint(headers={"X-Team": "7", "X-Both": "endpoint"})
    async with replied(always(whole("ok")), endpoint=endpoint, headers={"X-Both": "request"}) as (
        _,
        server,
    ):
        sent = server.asked[0].headers
        assert (sent["x-team"], sent["x-both"]) == ("7", "request")


async def test_a_redirect_is_not_followed_and_no_key_reaches_the_other_host() -> None:
    async with serving(always(whole("thief"))) as other:
        location = f"http://127.0.0.1:{other.port}/steal"
        script = always(head(307, TEXT, location=location, content_length=0))
        async with replied(script, headers={"Authorization": "Bearer s3cret"}) as (reply, _):
            error = refusal(reply.status, reply.headers, await reply.start())
    assert other.connections == 0
    assert type(error) is ServiceError
    assert location in error.message


async def test_a_redirect_to_what_is_no_address_is_no_fault_of_our_settings() -> None:
    error = await failure_of(always(head(302, TEXT, location="javascript:alert(1)")))
    assert type(error) is ServiceError


@pytest.mark.parametrize(
    "address",
    ["http://example.com/", "http://127.evil.example/", "http://10.0.0.1/", "http://0.0.0.0/"],
)
async def test_http_to_another_machine_needs_a_setting(address: str) -> None:
    network = Network(lambda asked: body([b"ok"]))
    with pytest.raises(ConfigError, match="http://"):
        async with Wire(Endpoint(), http=network).send("GET", address):
            pass
    async with Wire(Endpoint(allow_http=True), http=network).send("GET", address) as reply:
        assert await reply.whole() == b"ok"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("127.9.9.9", True),
        ("::1", True), ("127.0.0.1.example.com", False), ("localhost.example.com", False),
        ("::2", False), ("1270.0.0.1", False),
    ],
)  # fmt: skip
def test_loopback_is_this_machine_only(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    "address",
    ["", "ftp://x/", "localhost:1234/v1", "https://", "https://a:99999/", "https://[::1/", "//x"],
)
async def test_what_is_no_address_is_a_setting(address: str) -> None:
    with pytest.raises(ConfigError, match="not a valid URL"):
        async with Wire(Endpoint()).send("GET", address):
            pass


@pytest.mark.parametrize("value", ["ключ", "a\nb", "a\x00b"])
async def test_a_header_that_cannot_be_sent_is_a_setting_and_is_not_shown(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        async with replied(always(whole("ok")), headers={"Authorization": value}):
            pass
    assert value not in caught.value.message


async def test_a_refused_connection_may_be_repeated_freely() -> None:
    async with serving(always(b"")) as server:
        pass
    with pytest.raises(NetworkError, match="refused the connection") as caught:
        async with Wire(Endpoint()).send("GET", server.url):
            pass
    assert (caught.value.repeat, caught.value.hint) == (
        "free",
        "check that the local server is running",
    )


async def hung_up(visit: Visit) -> None:
    """Closes the connection without sending anything."""


async def reset(visit: Visit) -> None:
    visit.reset()


@pytest.mark.parametrize("script", [hung_up, reset])
async def test_an_end_before_the_headers_may_have_been_charged(script: Script) -> None:
    error = await failure_of(script)
    assert (type(error), error.repeat) == (NetworkError, "charged")


BAD_FRAMING = {
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a length that is none": head(200, content_length="abc"),
    "two lengths": head(200, content_length="3, 4") + b"abcd",
    "a chunk size that is none": head(200, transfer_encoding="chunked") + b"zz\r\nabc\r\n",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 300_000,
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 60_000,
    "a NUL in a header": b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("reply", BAD_FRAMING.values(), ids=BAD_FRAMING)
async def test_bad_framing_is_no_answer(reply: bytes) -> None:
    error = await failure_of(always(reply))
    assert (type(error), error.exit_code) == (NotAnAnswer, 8), error.message


SHORT = {
    "a length that is not reached": head(200, content_length=10) + b"abc",
    "chunks without the last one": head(200, transfer_encoding="chunked")
    + chunked([b"abc"], ended=False),
    "half a chunk": head(200, transfer_encoding="chunked") + b"10\r\nabc",
}


@pytest.mark.parametrize("reply", SHORT.values(), ids=SHORT)
async def test_a_short_body_is_a_lost_connection(reply: bytes) -> None:
    error = await failure_of(always(reply))
    assert (type(error), error.repeat) == (NetworkError, "charged")


async def test_a_reset_in_the_body_is_a_lost_connection() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=10) + b"abc", pause=0.05)
        visit.reset()

    assert type(await failure_of(script)) is NetworkError


WHOLE = {
    "HTTP/1.0 without a length": head(200, version="1.0") + b"abc",
    "HTTP/1.1 without a length": head(200, connection="close") + b"abc",
    "chunks": head(200, transfer_encoding="chunked") + chunked([b"a", b"bc"]),
    "100 Continue before it": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + whole("abc"),
    "103 Early Hints before it": b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" + whole("abc"),
    "more bytes than promised": whole("abc") + b"more",
}


@pytest.mark.parametrize("reply", WHOLE.values(), ids=WHOLE)
async def test_odd_but_whole_bodies_are_read(reply: bytes) -> None:
    assert await body_of(always(reply)) == b"abc"


async def test_a_body_that_must_not_be_is_empty() -> None:
    assert await body_of(always(head(204, ""))) == b""


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "bare deflate", "two members"])
async def test_a_server_that_compresses_all_the_same_is_understood(coding: str) -> None:
    text = b"answer " * 1000
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = {
        "deflate": zlib.compress(text),
        "bare deflate": packer.compress(text) + packer.flush(),
        "two members": gzip.compress(text[:700]) + gzip.compress(text[700:]) + b"\0\0",
    }.get(coding, gzip.compress(text))
    name = {"bare deflate": "deflate", "two members": "gzip"}.get(coding, coding)
    pieces = [packed[i : i + 1] for i in range(len(packed))]
    top = head(200, transfer_encoding="chunked", content_encoding=name)
    assert await body_of(always(top + chunked(pieces))) == text
    assert await body_of(always(whole(packed, content_encoding=name.upper()))) == text


async def test_a_coding_that_was_not_asked_for_or_is_a_lie_is_no_answer() -> None:
    for coding in ("br", "zstd", "gzip, gzip", "gzip", "deflate"):
        error = await failure_of(always(whole("plain text", content_encoding=coding)))
        assert type(error) is NotAnAnswer, coding


async def test_a_compressed_body_that_ends_early_is_cut_though_its_framing_is_whole() -> None:
    packed = gzip.compress(b"answer " * 1000)
    for cut in (1, 5, 20, len(packed) - 1):
        error = await failure_of(always(whole(packed[:cut], content_encoding="gzip")))
        assert (type(error), error.repeat) == (NetworkError, "charged"), cut


async def test_a_reply_is_bounded_in_its_decompressed_size() -> None:
    bomb = gzip.compress(bytes(bounds.LONGEST_DOCUMENT + 1))
    error = await failure_of(always(whole(bomb, content_encoding="gzip")))
    assert (type(error), "16 MB" in error.message) == (NotAnAnswer, True)


async def test_what_inflates_to_nothing_is_bounded_as_it_came() -> None:
    empty, little = gzip.compress(b""), gzip.compress(b"x")
    for row, told in (
        (empty * (MOST_FILLER // len(empty) + 1), "1 MB without any content"),
        (little * (bounds.LONGEST_DOCUMENT // len(little) + 1), "larger than 16 MB"),
    ):
        error = await failure_of(always(whole(row, content_encoding="gzip")))
        assert (type(error), told in error.message) == (NotAnAnswer, True)


def hints(size: int) -> bytes:
    one = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    return one * (size // len(one))


@pytest.mark.parametrize("secure", [False, True])
async def test_interim_heads_have_an_end_on_every_connection(
    certified: Certified, bundle: str, secure: bool
) -> None:
    """Also on one that has served a reply before; what that reply weighed does not count."""

    async def script(visit: Visit) -> None:
        await visit.send(hints(MOST_FILLER - 2**17) + whole(b"x" * 2 * MOST_FILLER))
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(hints(MOST_FILLER + 2**17))
        await visit.hung_up()

    async with serving(script, tls=certified() if secure else None) as server:
        wire = Wire(Endpoint(ca_bundle=bundle))
        async with wire.send("GET", server.url) as reply:
            assert len(await reply.whole()) == 2 * MOST_FILLER
        with pytest.raises(NotAnAnswer, match="1 MB without any content"):
            async with wire.send("GET", server.url):
                pass
        await wire.aclose()
        await server.until_closed()
    assert server.connections == 1


async def test_what_surrounds_the_chunks_of_a_body_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounds, "LONGEST_REPLY", 200_000)
    chunk = b"1;" + b"e" * 1000 + b"\r\nx\r\n"
    top = head(200, transfer_encoding="chunked")
    assert await body_of(always(top + chunk * 100 + b"0\r\n\r\n")) == b"x" * 100
    error = await failure_of(always(top + chunk * 300 + b"0\r\n\r\n"))
    assert (type(error), "larger than" in error.message) == (NotAnAnswer, True)


async def test_a_body_of_too_many_chunks_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs time, however little is in it."""
    monkeypatch.setattr(bounds, "MOST_CHUNKS", 1000)
    top = head(200, transfer_encoding="chunked")
    assert await body_of(always(top + chunked([b"x"] * 1000))) == b"x" * 1000
    error = await failure_of(always(top + chunked([b"x"] * 1001)))
    assert (type(error), "pieces" in error.message) == (NotAnAnswer, True)


async def test_of_an_error_body_64_kB_are_read() -> None:
    async with replied(always(whole("x" * 200_000, status=500))) as (reply, _):
        assert await reply.start() == b"x" * bounds.LONGEST_ERROR_BODY


@pytest.mark.parametrize("end", ["cut", "silence"])
async def test_the_words_of_an_error_count_even_when_the_rest_is_lost_or_late(
    end: str,
) -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(429, content_length=99) + b"slow down")
        if end == "silence":
            await visit.hung_up()

    endpoint = Endpoint(deadlines=Deadlines(stall=0.1))
    async with replied(script, endpoint=endpoint) as (reply, _):
        assert (reply.status, await reply.start()) == (429, b"slow down")


async def test_an_error_that_goes_on_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(500, content_length=9000), *[b"x"] * 9000, pause=0.01)

    monkeypatch.setattr(bounds, "AFTER_AN_ERROR", 0.3)
    async with replied(script) as (reply, _), asyncio.timeout(20):
        assert set(await reply.start()) == set(b"x")


async def test_the_connection_is_used_again_and_closed_with_the_wire() -> None:
    served: list[int] = []

    async def script(visit: Visit) -> None:
        served.append(1)
        await visit.send(whole("one"))
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(whole("two"))
        await visit.hung_up()

    async with serving(script) as server:
        wire = Wire(Endpoint())
        for expected in (b"one", b"two"):
            async with wire.send("GET", server.url) as reply:
                assert await reply.whole() == expected
        await wire.aclose()
        await server.until_closed()
    assert len(served) == 1


async def test_cookies_of_one_reply_go_with_the_next_request_to_the_same_host() -> None:
    async with serving(in_turn(whole("a", set_cookie="s=1; path=/"), whole("b"))) as server:
        wire = Wire(Endpoint())
        for _ in range(2):
            async with wire.send("GET", server.url) as reply:
                await reply.whole()
        await wire.aclose()
    assert [asked.headers.get("cookie") for asked in server.asked] == [None, "s=1"]


async def test_no_connection_in_time_ends_with_the_connect_deadline() -> None:
    """A server that accepts and then says nothing of TLS."""
    endpoint = Endpoint(deadlines=Deadlines(connect=0.1))

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    wire = Wire(endpoint)
    with pytest.raises(Timeout, match="timed out connecting to localhost"):
        async with wire.send("GET", f"https://localhost:{port}/"):
            pass
    await wire.aclose()
    listening.close()


async def test_the_connect_deadline_ends_when_the_request_leaves() -> None:
    async def script(visit: Visit) -> None:
        await asyncio.sleep(1.5)
        await visit.send(whole("late"))

    endpoint = Endpoint(deadlines=Deadlines(connect=1))
    async with replied(script, endpoint=endpoint, json={}) as (reply, _):
        assert await reply.whole() == b"late"


async def test_silence_in_the_body_ends_with_the_stall_deadline() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=10) + b"abc")
        await visit.hung_up()

    error = await failure_of(script, endpoint=Endpoint(deadlines=Deadlines(stall=0.1)))
    assert (type(error), error.exit_code) == (Timeout, 6)
    assert "no data for 0.1 s" in error.message


async def test_what_is_no_question_is_answered_in_time_or_given_up() -> None:
    """A list of models or a token: without an end to the wait `models --refresh` hung for ever."""

    async def silent(visit: Visit) -> None:
        await visit.hung_up()

    async def headers_alone(visit: Visit) -> None:
        await visit.send(head(200, content_length=10))
        await visit.hung_up()

    endpoint = Endpoint(deadlines=Deadlines(first_token=0.1, stall=0.2))
    for script, said in ((silent, "did not answer within 0.1 s"), (headers_alone, "for 0.2 s")):
        async with asyncio.timeout(20):
            error = await failure_of(script, endpoint=endpoint)
        assert (type(error), said in error.message) == (Timeout, True)


async def test_the_stall_deadline_of_a_question_does_not_count_before_the_first_byte() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=3))
        await asyncio.sleep(0.3)
        await visit.send(b"abc")

    endpoint = Endpoint(deadlines=Deadlines(stall=0.1))
    async with replied(script, endpoint=endpoint, json={}) as (reply, _):
        assert await reply.whole() == b"abc"


async def test_drips_that_come_in_time_are_read_to_the_end() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=10))
        await visit.send(*[b"x"] * 10, pause=0.2)

    endpoint = Endpoint(deadlines=Deadlines(stall=1.5))
    assert await body_of(script, endpoint=endpoint) == b"x" * 10


async def test_pings_after_the_finish_mark_do_not_prolong_the_wait() -> None:
    """One moment after the mark it is over, however lively the server is."""

    async def script(visit: Visit) -> None:
        await visit.send(head(200, transfer_encoding="chunked") + b"3\r\nend\r\n")
        while True:
            await visit.send(b"1\r\n.\r\n", pause=0.05)

    said = bytearray()
    async with replied(script) as (reply, server):
        async with asyncio.timeout(bounds.AFTER_THE_END + 30):
            async for piece in reply.chunks(ending=lambda: bool(said)):  # noqa: B023  # no loop
                said += piece
    assert said.startswith(b"end.")
    await server.until_closed()


async def test_a_reset_after_the_finish_mark_does_not_spoil_the_answer() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, transfer_encoding="chunked") + b"3\r\nend\r\n", pause=0.05)
        visit.reset()

    async with replied(script) as (reply, _):
        assert [piece async for piece in reply.chunks(ending=lambda: True)] == [b"end"]


async def test_leaving_the_block_early_closes_the_connection() -> None:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, content_length=10) + b"abc")
        await visit.hung_up()

    async with replied(script) as (_, server):
        assert server.open == 1
    await server.until_closed()


async def test_a_fake_network_may_hand_over_a_whole_decoded_reply() -> None:
    packed = httpx.Response(
        200, content=gzip.compress(b"abc"), headers={"content-encoding": "gzip"}
    )
    wire = Wire(Endpoint(), http=httpx.MockTransport(lambda request: packed))
    async with wire.send("GET", "https://x.example/") as reply:
        assert await reply.whole() == b"abc"


async def test_headers_come_without_the_key_and_the_proxys_password() -> None:
    """Also where only a part of it is repeated; every header but that one is as it came."""
    key, account = "0123456789abcdefghij-key", "me:correct-horse-battery"
    said = f"no {key} and {base64.b64encode(account.encode()).decode()[:30]}"
    endpoint = Endpoint(api_key=Secret(key), proxies=Proxies(http=f"http://{account}@127.0.0.1:9"))
    reply = body([], status=200, headers=[("x-request-id", said), ("x-other", "0123456 8")])
    reply.headers["x-city"] = "Тверь"
    wire = Wire(endpoint, http=Network(lambda _: reply))
    async with wire.send("GET", "http://127.0.0.1:9/") as came:
        assert came.headers["X-Request-Id"] == "no *** and ***"
        assert came.headers["x-other"] == "0123456 8"
        assert came.headers["x-city"] == "Тверь"
    await wire.aclose()


async def test_the_address_of_a_connection_is_told_before_anything_is_sent() -> None:
    def refuses(address: str) -> None:
        raise NetworkError(f"not to {address}")

    async with serving(always(whole("ok"))) as server:
        wire = Wire(Endpoint(), connected=refuses)
        with pytest.raises(NetworkError, match=r"not to 127\.0\.0\.1"):
            async with wire.send("GET", server.url):
                pass
        await wire.aclose()
    assert server.asked == []


async def test_a_question_is_let_go_when_its_reply_was_read() -> None:
    """Not only by the next garbage collection, which may be hundreds of questions with pictures
    later."""
    asked: list[weakref.ref[httpx.Request]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(weakref.ref(request))
        return httpx.Response(200, content=b"yes")

    async def ask() -> bytes:
        wire = Wire(Endpoint(), http=httpx.MockTransport(answer))
        async with wire.send("POST", "https://a.example/", json={"picture": "x"}) as reply:
            return await reply.whole()

    gc.disable()
    try:
        assert await asyncio.create_task(ask()) == b"yes"
        await asyncio.sleep(0)  # what woke us holds the task
        assert [request() for request in asked] == [None]
    finally:
        gc.enable()
