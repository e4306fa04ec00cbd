"""Every registered provider keeps the contract of a stream: whole, cut at every byte, closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from importlib import import_module

import httpx
import pytest

from llmchat.errors import IncompleteAnswer, NetworkError, NotAnAnswer, UsageError
from llmchat.providers import NAMES, access_of, load
from llmchat.providers.presets import PRESETS
from llmchat.values.calls import ToolCall
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Finish, Notice, Reasoning, Stage, Usage
from llmchat.values.messages import Message, Request
from tests.providers.conftest import KEY, Asking, Heard
from tests.providers.tool_loop import NOW
from tests.servers.dialogues import (
    ARGUMENTS,
    DIALOGUES,
    MORE_DIALOGUES,
    MORE_TOOL_DIALOGUES,
    SAID,
    TOOL_DIALOGUES,
    Dialogue,
)
from tests.servers.network import Network, body
from tests.servers.scripted import JSON, Visit, chunked, head, serving

REMOTE = tuple(name for name in NAMES if access_of(name) != "offline")
NEW: dict[str, Dialogue] = {  # a provider that came later brings its dialogue in its own test file
    name: import_module(f"tests.providers.test_{name}").DIALOGUE
    for name in REMOTE
    if name not in {*DIALOGUES, *MORE_DIALOGUES, *PRESETS}
}
STREAMING = [name for name in NEW if NEW[name].content_type != JSON]
CASES = [
    pytest.param(name, table[name], id=f"{name}-{kind}")
    for kind, table in (("usual", DIALOGUES), ("other", MORE_DIALOGUES), ("new", NEW))
    for name in table
]
CUT = httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def dialogue_of(name: str) -> Dialogue:
    return {**NEW, **MORE_DIALOGUES, **DIALOGUES}["openai" if name in PRESETS else name]


def answering(
    dialogue: Dialogue, pieces: list[bytes], *, error: Exception | None = None
) -> Callable[..., httpx.Response]:
    """Answers the last request with `pieces`, and those before it correctly."""

    def answer(asked: object) -> httpx.Response:
        early = dialogue.before(asked)  # type: ignore[arg-type]
        if early:
            top, _, rest = early.partition(b"\r\n\r\n")
            kind = "application/json" if b"json" in top else "text/html"
            return body([rest], kind)
        return body(pieces, dialogue.content_type, error=error)

    return answer


@pytest.mark.parametrize("name", REMOTE)
async def test_every_registered_provider_has_a_dialogue_and_answers_it(
    name: str, ask: Asking
) -> None:
    """A new provider is not registered without its dialogue; the answer comes whole."""
    dialogue = dialogue_of(name)
    heard = await ask(name, answering(dialogue, [dialogue.body]), model="m" * (name in PRESETS))
    assert (heard.error, heard.text) == (None, SAID)
    assert_contract(heard)


async def test_the_offline_provider_keeps_the_contract() -> None:
    heard = await Asking().over(None, "demo")
    assert heard.error is None
    assert "> Hi" in heard.text
    assert_contract(heard)


@pytest.mark.parametrize(("name", "dialogue"), CASES)
async def test_cut_into_single_bytes_the_answer_is_the_same(
    name: str, dialogue: Dialogue, ask: Asking
) -> None:
    pieces = [dialogue.body[i : i + 1] for i in range(len(dialogue.body))]
    heard = await ask(name, answering(dialogue, pieces), model="m" * (name == "openai"))
    assert (heard.error, heard.text) == (None, SAID)
    assert_contract(heard)


@pytest.mark.parametrize("error", [None, CUT], ids=["closed", "broken"])
@pytest.mark.parametrize(("name", "dialogue"), CASES)
async def test_cut_at_every_byte_nothing_passes_as_an_answer_that_is_none(
    name: str, dialogue: Dialogue, error: Exception | None, ask: Asking
) -> None:
    """Either the whole answer, or an error of a named kind with the text so far."""
    for cut in range(len(dialogue.body)):
        answer = answering(dialogue, [dialogue.body[:cut]], error=error)
        heard = await ask(name, answer, model="m" * (name == "openai"))
        assert SAID.startswith(heard.text), cut
        if heard.finish is not None:
            assert heard.text == SAID or (not dialogue.marked and error is None), cut
            assert_contract(heard)
        elif heard.text:
            assert isinstance(heard.failed(), IncompleteAnswer), cut
        else:
            assert isinstance(heard.failed(), IncompleteAnswer | NotAnAnswer | NetworkError), cut
            assert heard.failed().exit_code in (5, 8, 10)


@pytest.mark.parametrize("name", ["openai", "yqcloud"])
async def test_over_a_real_socket_a_cut_body_is_an_incomplete_answer(name: str) -> None:
    """The length was promised and does not come, at every tenth byte."""
    dialogue = DIALOGUES[name]

    async def send(visit: Visit, whole: bytes) -> None:
        cut = int(visit.asked.headers["x-cut"])
        await visit.send(head(200, dialogue.content_type, content_length=len(whole)) + whole[:cut])

    async with serving(dialogue.script(send)) as server:
        for cut in range(1, len(dialogue.body) - 16, 10):
            endpoint = Endpoint(
                base_url=server.url, retries=0, headers={"x-cut": str(cut)}, api_key=KEY
            )
            model = "m" if name == "openai" else ""
            heard = await Asking().over(None, name, endpoint=endpoint, model=model)
            if heard.finish is not None:  # the mark was there, the rest does not matter
                assert (name, heard.text) == ("openai", SAID)
            else:
                assert heard.failed().exit_code == (10 if heard.text else 5)
                assert SAID.startswith(heard.text)


TOOL_CASES = [
    pytest.param(name, table[name], id=f"{name}-{kind}")
    for kind, table in (("streamed", TOOL_DIALOGUES), ("whole", MORE_TOOL_DIALOGUES))
    for name in table
]


@pytest.mark.parametrize("name", NAMES)
async def test_who_takes_tools_calls_them_and_nobody_else_is_sent_any(
    name: str, ask: Asking
) -> None:
    """What a class declares is what it does."""
    takes = load(name)(name=name).supports_tools
    kind = "openai" if name in (*PRESETS, "local") else name
    dialogue = TOOL_DIALOGUES[kind] if takes else CALLS_NOTHING
    answer = answering(dialogue, [dialogue.body])
    heard = await ask(name, answer, model="m" * (name in PRESETS), tools=(NOW,))
    if takes:
        assert_called(heard)
    else:
        assert type(heard.failed()) is UsageError
        assert heard.requests == []


CALLS_NOTHING = Dialogue(b"", JSON)


@pytest.mark.parametrize(("name", "dialogue"), TOOL_CASES)
async def test_cut_into_single_bytes_a_call_is_the_same(
    name: str, dialogue: Dialogue, ask: Asking
) -> None:
    pieces = [dialogue.body[i : i + 1] for i in range(len(dialogue.body))]
    answer = answering(dialogue, pieces)
    heard = await ask(name, answer, model="m" * (name == "openai"), tools=(NOW,))
    assert_called(heard)


@pytest.mark.parametrize("error", [None, CUT], ids=["closed", "broken"])
@pytest.mark.parametrize(("name", "dialogue"), TOOL_CASES)
async def test_cut_at_every_byte_a_call_is_whole_or_none(
    name: str, dialogue: Dialogue, error: Exception | None, ask: Asking
) -> None:
    for cut in range(len(dialogue.body)):
        answer = answering(dialogue, [dialogue.body[:cut]], error=error)
        heard = await ask(name, answer, model="m" * (name == "openai"), tools=(NOW,))
        if heard.finish is not None:
            assert_called(heard)
        else:
            assert not any(isinstance(e, ToolCall) for e in heard.events), cut
            assert heard.failed().exit_code in (5, 8, 10), cut


def assert_called(heard: Heard) -> None:
    """The whole call, after everything else and before the end."""
    assert (heard.error, heard.text) == (None, SAID)
    assert_contract(heard)
    (call,) = [event for event in heard.events if isinstance(event, ToolCall)]
    assert (call.name, json.loads(call.arguments)) == ("clock__now", ARGUMENTS)
    assert call.id
    after = heard.events[heard.events.index(call) + 1 :]
    assert {type(event) for event in after} <= {Usage, Finish}
    assert heard.finish is not None
    assert heard.finish.reason == "tool_calls"


def first_piece(whole: bytes) -> bytes:
    """As little as a reader can turn into an event: an event, a line, or a few words."""
    for end in (b"\n\n", b"\n"):
        first, found, _ = whole.partition(end)
        if found:
            return first + found
    return whole[:20]


@pytest.mark.parametrize("name", sorted({*DIALOGUES, *STREAMING, "gigachat"}))
async def test_closing_the_generator_closes_the_connection(name: str) -> None:
    """The server sees the hang-up while it still has much to say."""
    dialogue = dialogue_of(name)
    if name == "chatgptt":
        dialogue = MORE_DIALOGUES[name]  # its JSON says nothing before its end
    heard_the_end = asyncio.Event()

    async def send(visit: Visit, whole: bytes) -> None:
        some = first_piece(whole)
        top = head(200, dialogue.content_type, transfer_encoding="chunked")
        await visit.send(top + chunked([some], ended=False))
        await visit.hung_up()
        heard_the_end.set()

    async with serving(dialogue.script(send)) as server:
        endpoint = Endpoint(base_url=server.url, auth_url=f"{server.url}/oauth", api_key=KEY)
        async with load(name)(endpoint, name=name) as provider:
            request = Request("m" * (name == "openai"), (Message("user", "Hi"),))
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        break
            async with asyncio.timeout(60):
                await heard_the_end.wait()


@pytest.mark.parametrize("name", sorted({*DIALOGUES, *NEW, "gigachat"}))
async def test_nothing_is_read_after_the_end_and_the_body_is_closed(name: str, ask: Asking) -> None:
    dialogue = dialogue_of(name)
    network = Network(answering(dialogue, [dialogue.body]))
    heard = await ask.over(network, name, model="m" * (name == "openai"))
    assert heard.finish is not None
    assert all(stream.closed for stream in network.bodies)


def assert_contract(heard: Heard) -> None:
    """Any number of pieces, at most one Usage, exactly one Finish, and it is the last."""
    kinds = [type(event) for event in heard.events]
    assert set(kinds) <= {Delta, Reasoning, Notice, Stage, ToolCall, Usage, Finish}
    assert kinds.count(Usage) <= 1
    assert kinds.count(Finish) == 1
    assert kinds[-1] is Finish
    assert all(e.text for e in heard.events if isinstance(e, Delta | Reasoning))
