"""Tools as GigaChat's functions, against a strict GigaChat over TLS."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llmchat.errors import ServiceError
from llmchat.providers.formats.tools.call_reader import CallReader
from llmchat.providers.formats.tools.past_calls import NO_RESULT
from llmchat.providers.gigachat import GigaChat
from llmchat.providers.gigachat.frames import Frames, payload
from llmchat.providers.gigachat.functions.own import as_object, names_of
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Notice
from llmchat.values.messages import Attachment, Message, Request
from tests.providers.tool_loop import NOW, ZONE, ToolTalk, hold
from tests.servers.gigachat import CHAT, DONE, StrictGigaChat, frame
from tests.servers.tool_model import calls, play, results, says

ASKED = Message("user", "Который час?")
CALL = ToolCall("call_1", "clock__now", ZONE)
CALLED = Message("assistant", "", calls=(CALL,))
RESULT = Message("tool", "12:00", call=CALL)
PDF = Attachment("a.pdf", "application/pdf", b"%PDF")


@pytest.fixture
async def gigachat(endpoint: Endpoint) -> AsyncIterator[GigaChat]:
    async with GigaChat(endpoint) as provider:
        yield provider


def body_of(*messages: Message, tools: tuple[ToolSpec, ...] = (NOW,), **more: Any) -> Any:
    return payload(Request("GigaChat-2", messages or (ASKED,), tools=tools, **more))


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("as_text", [False, True], ids=["object", "text"])
@pytest.mark.parametrize("together", [False, True], ids=["apart", "together"])
async def test_a_dialogue_of_two_calls(
    server: StrictGigaChat, gigachat: GigaChat, stream: bool, as_text: bool, together: bool
) -> None:
    model = play(
        server,
        calls(("clock__now", {"zone": "UTC"}), text="Сейчас."),
        calls(("clock__now", {"zone": "Азия/Омск"})),
        lambda body: says(" ".join(results(body))),
        as_text=as_text,
        together=together,
    )
    held = await hold(gigachat, stream=stream)
    assert [(c.name, json.loads(c.arguments)) for c in held.calls] == [
        ("clock__now", {"zone": "UTC"}),
        ("clock__now", {"zone": "Азия/Омск"}),
    ]
    assert [f.reason for f in held.finishes] == ["tool_calls", "tool_calls", "stop"]
    assert held.text == 'Сейчас.{"result": "12:00"} {"result": "12:00"}'
    assert not any(isinstance(e, Notice) and "calls the function" in e.text for e in held.events)
    assert len(model.asked) == 3


async def test_the_state_of_a_call_goes_back_with_it(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    model = play(server, calls(("clock__now", {})), says("Полдень."))
    await hold(gigachat)
    (state,) = server.states
    assert [m.get("functions_state_id") for m in model.asked[1]["messages"]] == [None, state, None]


async def test_after_its_answer_the_conversation_goes_on_without_tools(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    """The state of a call is not sent without its result."""
    model = play(server, calls(("clock__now", {})), says("Полдень."))
    held = await hold(gigachat)
    held.messages.append(Message("user", "Спасибо."))
    await hold(gigachat, held, tools=())
    said = model.asked[-1]["messages"]
    assert [set(m) for m in said] == [{"role", "content"}] * 3
    assert said[1]["content"].endswith("returned: 12:00]\n\nПолдень.")
    assert "function_call" not in model.asked[-1]


def test_the_body_is_the_documented_one() -> None:
    body = body_of(ASKED, CALLED, RESULT)
    assert body["function_call"] == "auto"
    assert body["functions"] == [
        {
            "name": "clock__now",
            "description": "The time in a zone.",
            "parameters": {
                "type": "object",
                "properties": {"zone": {"type": "string"}},
                "required": ["zone"],
            },
        }
    ]
    called = {"name": "clock__now", "arguments": {"zone": "UTC"}}
    assert body["messages"][1:] == [
        {"role": "assistant", "content": "", "function_call": called},
        {"role": "function", "name": "clock__now", "content": '{"result": "12:00"}'},
    ]


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        ("12:00", '{"result": "12:00"}'),
        ('{"time": 1}', '{"time": 1}'),
        ("[1, 2]", '{"result": "[1, 2]"}'),
        ('"text"', '{"result": "\\"text\\""}'),
        ('{"cut": ', '{"result": "{\\"cut\\": "}'),
        ("день", '{"result": "день"}'),
    ],
)
def test_a_result_is_the_text_of_an_object(result: str, sent: str) -> None:
    assert as_object(result) == sent


async def test_calls_that_another_service_made_side_by_side_become_one_after_the_other(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    two = [ToolCall("a", "clock__now", ZONE), ToolCall("b", "clock__now", "{}")]
    both = Message("assistant", "Смотрю.", calls=tuple(two), memory={"called": "gemini"})
    answers = [Message("tool", name, call=call) for name, call in zip("BA", two[::-1], strict=True)]
    model = play(server, says("Полдень."))
    held = await hold(gigachat, ToolTalk([ASKED, both, *answers]))
    assert held.text == "Полдень."
    said = model.asked[0]["messages"][1:]
    assert [m["role"] for m in said] == ["assistant", "function"] * 2
    assert [m["content"] for m in said] == ["Смотрю.", '{"result": "A"}', "", '{"result": "B"}']


async def test_a_call_that_was_interrupted_has_a_result_nevertheless(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    model = play(server, says("Ладно."))
    await hold(gigachat, ToolTalk([ASKED, CALLED, Message("user", "Не надо.")]))
    assert json.loads(model.asked[0]["messages"][2]["content"]) == {"result": NO_RESULT}


async def test_names_that_the_service_does_not_take_are_mapped_there_and_back(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    names = ("web_search", "text2image", "1st", "время", "fs/read", "fs_read", "a.b-c")
    tools = tuple(ToolSpec(name) for name in names)
    turns = [lambda body, n=n: calls((body["functions"][n]["name"], {})) for n in range(4)]
    play(server, *turns, says("."))
    held = await hold(gigachat, tools=tools)
    assert [call.name for call in held.calls] == list(names[:4])
    told = [f["name"] for f in server.to(CHAT)[0].json["functions"]]
    assert told[5:] == ["fs_read", "a.b-c"]
    assert len(set(told)) == len(names)


def test_built_in_functions_are_named_beside_ours_where_the_question_is_about_them() -> None:
    """Beside somebody's functions the service runs its own only if they are named too."""
    draws = body_of(Message("user", "Нарисуй кота"))
    assert [f["name"] for f in draws["functions"]] == ["clock__now", "text2image"]
    assert [f["name"] for f in body_of()["functions"]] == ["clock__now"]


async def test_a_document_is_read_beside_tools(server: StrictGigaChat, gigachat: GigaChat) -> None:
    model = play(server, calls(("clock__now", {})), says("Договор."))
    await hold(gigachat, ToolTalk([Message("user", "Что там?", (PDF,))]))
    assert [f["name"] for f in model.asked[0]["functions"]] == ["clock__now", "get_file_content"]


def test_options_of_the_person_come_last() -> None:
    body = body_of(options={"function_call": "none"})
    assert body["function_call"] == "none"
    assert len(body["functions"]) == 1


def test_without_tools_the_body_has_nothing_of_them() -> None:
    body = body_of(tools=())
    assert set(body) == {"model", "messages", "stream", "update_interval"}


def test_a_call_that_is_said_again_is_one_call() -> None:
    once = frame("", function_call={"name": "clock__now", "arguments": {}})
    reader = Frames("m", calls=CallReader(names_of((NOW,))))
    data = once + once + frame(finish="function_call") + DONE
    found = [*reader.feed(data), *reader.close()]
    (call,) = [e for e in found if isinstance(e, ToolCall)]
    assert (call.name, call.arguments) == ("clock__now", "{}")
    assert re.fullmatch("[A-Za-z0-9]{9}", call.id)


async def test_arguments_that_did_not_fit_are_an_error(
    server: StrictGigaChat, gigachat: GigaChat
) -> None:
    server.answer = frame("") + frame(finish="error") + DONE
    with pytest.raises(ServiceError):
        await hold(gigachat)
