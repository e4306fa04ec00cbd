"""Calls out of their pieces: what belongs together, what is a call of its own, and the bounds."""

from __future__ import annotations

import json
from itertools import pairwise
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmchat.errors import IncompleteAnswer, LlmchatError, NotAnAnswer
from llmchat.providers.formats.chat_frames import ChatReader
from llmchat.providers.formats.tools.call_reader import LARGEST_CALLS, MOST_CALLS, CallReader
from llmchat.providers.formats.tools.names import ToolNames
from llmchat.providers.formats.tools.tool_format import NAME
from llmchat.providers.openai import OpenAI
from llmchat.providers.stages import AnswerGuard
from llmchat.values.calls import ToolCall
from llmchat.values.endpoint import Deadlines, Endpoint
from llmchat.values.events import Delta, Event, Finish, Stage
from llmchat.values.messages import Message, Request
from llmchat.values.secret import Secret
from tests.providers.conftest import KEY, Asking
from tests.providers.tool_loop import NOW
from tests.servers.dialogues import frames
from tests.servers.network import Network, body


def reader() -> CallReader:
    return CallReader(ToolNames((), NAME))


def read(*rows: Any, whole: bool = False) -> list[tuple[str, str]]:
    """Names and arguments of the calls in these rows, one row per delta."""
    taking = reader()
    for row in rows:
        list(taking.take({"tool_calls": [row]}, whole=whole))
    return [(call.name, call.arguments) for call in taking.calls()]


def row(name: str | None = None, arguments: Any = None, **more: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {**more, "function": {k: v for k, v in function.items() if v is not None}}


SPELLED = {
    "in pieces": [row("f", "", index=0, id="a"), row(None, '{"x":', index=0), row(None, "1}")],
    "an id in every piece": [row("f", '{"x":', index=0, id="a"), row("f", "1}", index=0, id="a")],
    "an empty id later": [row("f", '{"x":', index=0, id="a"), row(None, "1}", index=0, id="")],
    "a null name later": [row("f", '{"x":', index=0), row(None, "1}", index=0)],
    "its name in every piece": [row("f", '{"x":', index=0), row("f", "1}", index=0)],
    "an id that comes late": [row("f", '{"x":', index=0), row(None, "1}", index=0, id="a")],
    "a placeholder first": [row("f", {}, index=0, id="a"), row(None, '{"x":1}', index=0)],
    "said again at the end": [row("f", '{"x":1}', id="a"), row("f", '{"x":1}', id="a")],
    "an index as text": [row("f", '{"x":', index="0"), row(None, "1}", index="0")],
}


@pytest.mark.parametrize("rows", SPELLED.values(), ids=SPELLED)
def test_one_call_in_pieces_is_one_call(rows: list[Any]) -> None:
    assert read(*rows) == [("f", '{"x":1}')]


TWO = {
    "by their index": [row("f", "{}", index=0), row("g", "{}", index=1)],
    "by their ids at one index": [row("f", "{}", index=0, id="a"), row("g", "{}", index=0, id="b")],
    "by their ids without an index": [row("f", "{}", id="a"), row("g", "{}", id="b")],
    "by their names": [row("f", "{}"), row("g", "{}")],
    "by their names, without arguments": [row("f", "", index=0), row("g", "", index=0)],
}


@pytest.mark.parametrize("rows", TWO.values(), ids=TWO)
def test_two_calls_are_told_apart(rows: list[Any]) -> None:
    assert read(*rows) == [("f", "{}"), ("g", "{}")]


def test_one_tool_called_twice_without_ids_is_two_calls() -> None:
    assert read(row("f", '{"x":1}'), row("f", '{"x":2}')) == [("f", '{"x":1}'), ("f", '{"x":2}')]


def test_pieces_of_two_calls_may_alternate() -> None:
    rows = [row("f", "", index=0, id="a"), row("g", "", index=1, id="b")]
    rows += [row(None, '{"x"', index=0), row(None, '{"y"', index=1)]
    rows += [row(None, ":1}", index=0), row(None, ":2}", index=1)]
    assert read(*rows) == [("f", '{"x":1}'), ("g", '{"y":2}')]


def test_in_a_whole_message_each_row_is_a_call() -> None:
    assert read(row("f", ""), row("f", ""), whole=True) == [("f", "{}"), ("f", "{}")]


@pytest.mark.parametrize("arguments", [None, "", " ", "null", {}, "{}"])
def test_no_arguments_are_an_empty_object(arguments: Any) -> None:
    assert json.loads(read(row("f", arguments))[0][1]) == {}


@pytest.mark.parametrize("rows", [None, "x", [None], [{}], [{"function": None}], [row(None, "{}")]])
def test_what_has_no_name_is_no_call(rows: Any) -> None:
    taking = reader()
    list(taking.take({"tool_calls": rows}))
    assert taking.calls() == []


def test_half_characters_in_two_pieces_are_one_again() -> None:
    found = read(row("f", '{"x":"\ud83d', index=0), row(None, '\ude00"}', index=0))
    assert found == [("f", '{"x":"😀"}')]


def test_an_id_that_stands_twice_or_is_endless_is_replaced() -> None:
    taking = reader()
    for place, name in enumerate(["same", "same", "x" * 1000]):
        list(taking.take({"tool_calls": [row("f", "{}", index=place, id=name)]}))
    ids = [call.id for call in taking.calls()]
    assert ids[0] == "same"
    assert [len(i) for i in ids[1:]] == [9, 9]


def take_all(*rows: Any) -> None:
    taking = reader()
    for one in rows:
        list(taking.take({"tool_calls": [one]}))


def test_too_much_is_no_answer() -> None:
    with pytest.raises(NotAnAnswer):
        take_all(*[row("f", "x" * 1000, index=0)] * (LARGEST_CALLS // 1000 + 1))
    with pytest.raises(NotAnAnswer):
        take_all(*(row("f", "{}", index=place) for place in range(MOST_CALLS + 1)))


def test_a_name_in_every_piece_of_long_arguments_costs_little() -> None:
    """Each check whether the arguments are complete reads all of them: 3,000 checks took 8 s."""
    rows = [row("f", '{"x":"', index=0), *[row("f", "y" * 999 + "}", index=0)] * 3000]
    start = process_time()
    assert len(read(*rows)) == 1
    assert process_time() - start < 2


# In a stream


def stream(*deltas: dict[str, Any], finish: str = "tool_calls") -> bytes:
    said = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    end = {"index": 0, "delta": {}, "finish_reason": finish}
    return frames(*({"choices": [choice]} for choice in (*said, end)), "[DONE]")


CALLING = stream(
    {"content": "Смотрю. "},
    {"tool_calls": [row("f", "", index=0, id="a"), row("g", '{"e":"é"}', index=1, id="b")]},
    {"tool_calls": [row(None, '{"x":', index=0)]},
    {"tool_calls": [row(None, "1}", index=0)]},
)


def events_of(data: bytes, *cuts: int) -> list[Event]:
    chat = ChatReader("m", calls=reader())
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(places)]
    return [*(e for piece in pieces for e in chat.feed(piece)), *chat.close()]


@given(cuts=st.lists(st.integers(0, len(CALLING)), max_size=8))
def test_cut_anywhere_the_calls_are_the_same(cuts: list[int]) -> None:
    found = events_of(CALLING, *cuts)
    assert [e for e in found if not isinstance(e, Stage)] == [
        Delta("Смотрю. "),
        ToolCall("a", "f", '{"x":1}'),
        ToolCall("b", "g", '{"e":"é"}'),
        Finish("tool_calls", "m"),
    ]


PIECES = st.lists(st.integers(1, 9), min_size=1, max_size=20)
OBJECTS = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=4)


@given(arguments=OBJECTS, sizes=PIECES, named=st.booleans())
def test_arguments_are_joined_wherever_they_are_cut(
    arguments: dict[str, Any], sizes: list[int], named: bool
) -> None:
    text, rows = json.dumps(arguments), [row("f", "", index=0, id="a")]
    while text:
        size = sizes[len(rows) % len(sizes)]
        more: dict[str, Any] = {"id": "a"} if named else {}
        rows.append(row("f" if named else None, text[:size], index=0, **more))
        text = text[size:]
    ((_, found),) = read(*rows)
    assert json.loads(found) == arguments


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_cut_call_is_not_given(reason: str, ask: Asking) -> None:
    """Its arguments may be half of what the model meant: `rm -r /tmp/x` and `rm -r /`."""
    whole = stream({"tool_calls": [row("f", '{"x": 1}', index=0)]}, finish=reason)
    heard = await ask("openai", whole, model="m", tools=(NOW,))
    assert not any(isinstance(e, ToolCall) for e in heard.events)


async def test_a_stream_that_breaks_in_a_call_gives_none(ask: Asking) -> None:
    for cut in range(len(CALLING) - len(b"data: [DONE]\n\n") - 70):
        heard = await ask("openai", CALLING[:cut], model="m", tools=(NOW,))
        if not any(isinstance(e, Finish) for e in heard.events):
            assert not any(isinstance(e, ToolCall) for e in heard.events), cut
            assert isinstance(heard.failed(), LlmchatError)


async def test_without_tools_calls_are_no_answer(ask: Asking) -> None:
    heard = await ask("openai", stream({"tool_calls": [row("f", "{}")]}), model="m")
    assert heard.failed().message == "the model only asked for a tool, which is not available"


async def test_a_reason_without_calls_is_a_plain_end(ask: Asking) -> None:
    heard = await ask("openai", stream({"content": "Hi"}), model="m", tools=(NOW,))
    assert heard.finish is not None
    assert heard.finish.reason == "stop"


async def test_each_piece_of_a_call_is_an_event_which_moves_the_deadlines() -> None:
    """It shows that the model works, though nothing of the call can be given yet."""
    rows: list[dict[str, Any]] = [{"tool_calls": [row("f", "", index=0, id="a")]}]
    rows += [{"tool_calls": [row(None, " ", index=0)]}] * 60
    whole = stream(*rows)
    pieces = [part + b"\n\n" for part in whole.split(b"\n\n")[:-1]]
    network = Network(lambda asked: body(pieces))
    endpoint = Endpoint(api_key=KEY, deadlines=Deadlines(first_token=5), retries=0)
    async with OpenAI(endpoint, name="openai", http=network) as provider:
        request = Request("m", (Message("user", "Hi"),), tools=(NOW,))
        found = [event async for event in provider.stream(request)]
    assert sum(isinstance(e, Stage) for e in found) == 61
    assert ToolCall("a", "f", "{}") in found


def test_after_a_call_a_failure_is_an_incomplete_answer() -> None:
    guard = AnswerGuard()
    guard.call()
    assert guard.size


async def test_a_key_that_the_service_repeats_in_a_call_is_masked(ask: Asking) -> None:
    secret = KEY.reveal()
    whole = stream({"tool_calls": [row("f", json.dumps({"k": secret}), index=0)]})
    heard = await ask("openai", whole, model="m", tools=(NOW,))
    (call,) = [e for e in heard.events if isinstance(e, ToolCall)]
    assert secret not in call.arguments
    assert isinstance(KEY, Secret)
    assert not isinstance(heard.error, IncompleteAnswer)
