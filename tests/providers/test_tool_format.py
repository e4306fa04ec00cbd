"""Tools in OpenAI's language against a strict model: whole dialogues, in every known spelling."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from llmchat.errors import BadRequest, UsageError
from llmchat.providers import load
from llmchat.providers.base import Provider
from llmchat.providers.formats.tools.past_calls import ANSWER_NOW, NO_RESULT
from llmchat.providers.openai import OpenAI
from llmchat.providers.presets import PRESETS
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Finish
from llmchat.values.messages import Message, Request
from tests.providers.conftest import KEY, Asking
from tests.providers.tool_loop import NOW, ZONE, ToolTalk, hold
from tests.servers.dialogues import CHAT, frames
from tests.servers.network import Network, body
from tests.servers.scripted import JSON, SSE
from tests.servers.tool_model import OpenAIModel, calls, results, says
from tests.servers.tool_rules import NINE, Wire

ASKED = Message("user", "What time is it?")
CALL = ToolCall("call_1", "clock__now", ZONE)
CALLED = Message("assistant", "", calls=(CALL,), reasoning="Hm.")
RESULT = Message("tool", "12:00", call=CALL)


def opened(model: OpenAIModel, name: str = "vllm") -> Provider:
    return OpenAI(Endpoint(api_key=KEY, retries=0), name=name, http=Network(model))


async def sent(name: str, *messages: Message, tools: tuple[ToolSpec, ...] = (NOW,)) -> Any:
    """The body of the request that a preset sends."""
    network = Network(lambda asked: body([CHAT]))
    async with OpenAI(Endpoint(api_key=KEY), name=name, http=network) as provider:
        _ = [e async for e in provider.stream(Request("m", messages or (ASKED,), tools=tools))]
    return json.loads(network.requests[-1].content)


@pytest.mark.parametrize("place", ["settings", "command line"])
@pytest.mark.parametrize(
    ("option", "value", "later"),
    [
        ("function_call", {"name": "now"}, "auto"),
        ("tool_choice", {"type": "function", "function": {"name": "now"}}, "auto"),
        ("tool_choice", "required", "auto"),
        ("tool_choice", "none", "none"),
        ("tool_choice", None, None),
    ],
)
def test_wherever_a_call_is_forced_it_is_free_in_later_rounds(
    place: str, option: str, value: object, later: object
) -> None:
    options = {option: value, "top_p": 0.5}
    given = ({}, options) if place == "settings" else (options, {})
    asked = Request("m", (ASKED,), given[0], tools=(NOW,))
    provider = OpenAI(Endpoint(api_key=KEY, options=given[1]), name="vllm")
    assert provider.prepare(asked).options == options
    again = provider.prepare(replace(asked, unforced=True))
    assert again.options == {option: later, "top_p": 0.5}


WIRES = [
    Wire(),
    Wire(index="zero", arguments="whole"),
    Wire(index="zero", arguments="pieces"),
    Wire(index="missing", arguments="whole"),
    Wire(index="missing", arguments="pieces"),
    Wire(index="missing", arguments="whole", ids=False),
    Wire(index="zero", arguments="whole", ids=False),
    Wire(ids=False),
    Wire(arguments="object"),
    Wire(arguments="empty"),
    Wire(finish="stop"),
    Wire(finish="function_call", arguments="whole"),
]


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("wire", WIRES, ids=lambda w: f"{w.index}-{w.arguments}-{w.ids}-{w.finish}")
async def test_calls_come_whole_however_they_are_spelled(wire: Wire, stream: bool) -> None:
    wanted = calls(("clock__now", {"zone": "Asia/Омск"}), ("clock__now", {}), ("now", {"a": {}}))
    model = OpenAIModel(wanted, lambda asked: says(" ".join(results(asked))), wire=wire)
    async with opened(model) as provider:
        held = await hold(provider, stream=stream, run=lambda call: f"{len(call.arguments)}")
    assert model.refused == []
    assert [(c.name, json.loads(c.arguments)) for c in held.calls] == list(wanted.calls)
    assert [f.reason for f in held.finishes] == ["tool_calls", "stop"]
    assert held.text == " ".join(str(len(c.arguments)) for c in held.calls)
    assert len({c.id for c in held.calls}) == 3


async def test_a_call_that_came_without_an_id_gets_one_that_every_service_takes() -> None:
    model = OpenAIModel(calls(("clock__now", {})), says("noon"), wire=Wire(ids=False, nine=True))
    async with opened(model) as provider:
        held = await hold(provider)
    assert NINE.fullmatch(held.calls[0].id)
    assert model.refused == []


async def test_words_before_a_call_go_back_with_it() -> None:
    model = OpenAIModel(calls(("clock__now", {}), text="Let me look."), says("Noon."))
    async with opened(model) as provider:
        held = await hold(provider)
    assert held.text == "Let me look.Noon."
    assert model.asked[1]["messages"][1]["content"] == "Let me look."


async def test_the_request_offers_the_tools_and_chooses_nothing() -> None:
    said = await sent("openai", ASKED)
    function = {
        "name": "clock__now",
        "description": "The time in a zone.",
        "parameters": {
            "type": "object",
            "properties": {"zone": {"type": "string"}},
            "required": ["zone"],
        },
    }
    assert said["tools"] == [{"type": "function", "function": function}]
    assert "tool_choice" not in said
    assert said["messages"] == [{"role": "user", "content": "What time is it?"}]


async def test_a_call_and_its_result_are_the_documented_messages() -> None:
    said = await sent("openai", ASKED, CALLED, RESULT)
    function = {"name": "clock__now", "arguments": ZONE}
    assert said["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "12:00"},
    ]


@pytest.mark.parametrize("name", ["deepseek", "zai", "moonshot"])
async def test_what_was_thought_before_a_call_goes_back_where_it_is_wanted(name: str) -> None:
    thoughts = [calls(("clock__now", {}), reasoning=text) for text in ("I look.", "", None)]
    model = OpenAIModel(*thoughts, says("Noon."), wire=Wire(thinks=True))
    async with opened(model, name) as provider:
        held = await hold(provider, model="m")
    assert model.refused == []
    assert held.text == "Noon."
    said = [m["reasoning_content"] for m in model.asked[-1]["messages"] if "tool_calls" in m]
    assert said == ["I look.", "", ""]


async def test_nobody_else_gets_what_was_thought() -> None:
    said = await sent("openai", ASKED, CALLED, RESULT)
    assert "reasoning_content" not in said["messages"][1]


async def test_glm_streams_calls_when_asked_to(ask: Asking) -> None:
    said = await sent("zai", ASKED)
    assert said["tool_stream"] is True
    assert "tool_stream" not in await sent("openai", ASKED)
    assert "tool_stream" not in await sent("zai", ASKED, tools=())
    whole = await ask("zai", CHAT, model="m", tools=(NOW,), stream=False)
    assert "tool_stream" not in json.loads(whole.requests[-1].content)


async def test_a_tool_is_strict_only_where_that_is_known() -> None:
    """Gemini refuses the field."""
    said = [await sent(name, tools=(replace(NOW, strict=True),)) for name in ("openai", "gemini")]
    assert [s["tools"][0]["function"].get("strict") for s in said] == [True, None]


@pytest.mark.parametrize("name", PRESETS)
async def test_every_preset_holds_a_dialogue_with_a_strict_model(name: str) -> None:
    preset = PRESETS[name]
    nine = preset.call_ids == "[A-Za-z0-9]{9}"
    chooses, signs = preset.tool_choice == "any", preset.signs_calls
    wire = Wire(nine=nine, thinks=preset.returns_reasoning, chooses=chooses, signs=signs)
    twice = calls(("clock__now", {"zone": "UTC"}), ("clock__now", {"zone": "X"}))
    model = OpenAIModel(twice, twice, says("Noon."), wire=wire)
    async with opened(model, name) as provider:
        provider.endpoint = Endpoint(api_key=KEY, options={"tool_choice": "required"})
        held = await hold(provider, model="m")
    assert model.refused == []
    assert held.text == "Noon."


async def test_mistral_gets_ids_in_its_own_form_and_the_same_ones_each_time() -> None:
    said = await sent("mistral", ASKED, CALLED, RESULT)
    call = said["messages"][1]["tool_calls"][0]
    assert NINE.fullmatch(call["id"])
    assert said["messages"][2]["tool_call_id"] == call["id"]
    assert said == await sent("mistral", ASKED, CALLED, RESULT)


async def test_an_id_that_cannot_be_written_gets_another() -> None:
    odd = ToolCall("\ud800", CALL.name, CALL.arguments)
    said = await sent("mistral", ASKED, Message("assistant", "", calls=(odd,)))
    assert NINE.fullmatch(said["messages"][1]["tool_calls"][0]["id"])


async def test_two_calls_with_one_id_are_told_apart() -> None:
    twice = Message("assistant", "", calls=(CALL, CALL))
    said = await sent("openai", ASKED, twice, RESULT, Message("tool", "13:00", call=CALL))
    ids = [call["id"] for call in said["messages"][1]["tool_calls"]]
    assert len(set(ids)) == 2
    assert [(m["tool_call_id"], m["content"]) for m in said["messages"][2:]] == [
        (ids[0], "12:00"),
        (ids[1], "13:00"),
    ]


async def test_a_call_without_a_result_gets_one_and_a_result_without_a_call_is_left_out() -> None:
    lost = Message("tool", "?", call=ToolCall("gone", "clock__now"))
    said = await sent("openai", ASKED, CALLED, Message("user", "Well?"), lost)
    roles = [m["role"] for m in said["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]
    assert said["messages"][2]["content"] == NO_RESULT


@pytest.mark.parametrize("name", ["mistral", "openai"])
async def test_between_results_and_a_new_question_stands_an_answer(name: str) -> None:
    """A turn that was stopped after its calls; Mistral's models refuse the question otherwise."""
    model = OpenAIModel(says("Fine."), wire=Wire(nine=name == "mistral"))
    async with opened(model, name) as provider:
        talk = ToolTalk([ASKED, CALLED, RESULT, Message("user", "Never mind.")])
        await hold(provider, talk, model="m")
    assert model.refused == []
    assert model.asked[0]["messages"][3] == {"role": "assistant", "content": "(stopped)"}


async def test_arguments_that_are_no_object_are_not_sent_again() -> None:
    call = ToolCall("call_1", "clock__now", '{"zone": ')
    said = await sent("openai", ASKED, Message("assistant", "", calls=(call,)))
    assert said["messages"][1]["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_names_are_spelled_as_the_service_takes_them_and_mapped_back() -> None:
    tools = (ToolSpec("время.now"), ToolSpec("_____.now"), ToolSpec("x" * 80), NOW)
    model = OpenAIModel(lambda asked: calls((asked["tools"][0]["function"]["name"], {})), says("."))
    async with opened(model) as provider:
        held = await hold(provider, tools=tools)
    assert model.refused == []
    assert held.calls[0].name == "время.now"
    assert model.asked[0]["tools"][3]["function"]["name"] == "clock__now"


async def test_a_tool_without_parameters_has_an_empty_object() -> None:
    said = await sent("openai", ASKED, tools=(ToolSpec("now"),))
    function = {"name": "now", "parameters": {"type": "object", "properties": {}}}
    assert said["tools"] == [{"type": "function", "function": function}]


async def test_what_gemini_signs_goes_back_to_it_and_to_nobody_else() -> None:
    signature = {"google": {"thought_signature": "s1gned"}}
    function = {"name": "clock__now", "arguments": ZONE}
    row = {"index": 0, "id": "call_1", "function": function, "extra_content": signature}
    choice = {"index": 0, "delta": {"tool_calls": [row]}, "finish_reason": "tool_calls"}
    reply = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()
    heard = await Asking()("gemini", reply, ASKED, model="m", tools=(NOW,))
    assert isinstance(heard.finish, Finish)
    called = Message("assistant", "", calls=(CALL,), memory=heard.finish.memory)
    for name, extra in (("gemini", signature), ("openai", None)):
        said = await sent(name, ASKED, called, RESULT)
        assert said["messages"][1]["tool_calls"][0].get("extra_content") == extra
    foreign = await sent("gemini", ASKED, CALLED, RESULT)
    assert "extra_content" in foreign["messages"][1]["tool_calls"][0]


DETAILS = [
    {"type": "reasoning.text", "text": "Let", "format": "claude", "index": 0},
    {"type": "reasoning.text", "text": " me", "format": "claude", "index": 0},
    {"type": "reasoning.text", "signature": "s1gned", "format": "claude", "index": 0},
    {"type": "reasoning.encrypted", "data": "b64", "id": "call_1", "index": 0},
]


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_reasoning_that_was_signed_goes_back_in_one_row(stream: bool) -> None:
    whole = [{**DETAILS[0], "text": "Let me", "signature": "s1gned"}, DETAILS[3]]
    call: dict[str, Any] = {"id": "call_1", "function": {"name": "clock__now", "arguments": ZONE}}
    pieces: list[Any] = [{"reasoning_details": [detail]} for detail in DETAILS] + [
        {"tool_calls": [call]}
    ]
    rows = [{"choices": [{"delta": piece, "finish_reason": None}]} for piece in pieces]
    rows += [{"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}]
    reply, kind = frames(*rows, "[DONE]"), SSE
    if not stream:
        message = {"reasoning_details": whole, "tool_calls": [call]}
        reply, kind = json.dumps({"choices": [{"message": message}]}).encode(), JSON
    heard = await Asking()(
        "openrouter", reply, ASKED, content_type=kind, model="m", tools=(NOW,), stream=stream
    )
    assert heard.finish is not None
    called = Message("assistant", "", calls=(CALL,), memory=heard.finish.memory)
    for name, details in (("openrouter", whole), ("openai", None)):
        said = await sent(name, ASKED, called, RESULT)
        assert said["messages"][1].get("reasoning_details") == details


async def test_anthropic_does_not_think_on_after_a_call() -> None:
    """It would want back a thinking block, which its compatible address does not give."""
    network = Network(lambda asked: body([CHAT]))
    async with OpenAI(Endpoint(api_key=KEY), name="anthropic", http=network) as provider:
        for said in ((ASKED,), (ASKED, CALLED, RESULT)):
            request = Request("claude-sonnet-4-6", said, tools=(NOW,), effort="low")
            _ = [event async for event in provider.stream(request)]
    first, second = (json.loads(asked.content) for asked in network.requests)
    assert "thinking" in first
    assert "thinking" not in second


# Requests without tools


def test_without_tools_nothing_of_them_is_loaded() -> None:
    """A plain question pays nothing for them."""
    ask = """if True:
        import sys
        from llmchat.values.messages import Message, Request
        from llmchat.providers import GigaChat, OpenAI
        from llmchat.providers.gigachat.frames import frames_of, payload as functions
        from llmchat.providers.openai import _call_reader, payload
        from llmchat.providers.presets import PRESETS
        request = Request("m", (Message("user", "Hi"), Message("assistant", "Ho")))
        request = OpenAI(name="vllm").prepare(request)
        payload(request, PRESETS["vllm"]), _call_reader(request)
        functions(request), frames_of(request)
        words = ("call_reader", "past_calls", "tool_", "own_functions", "schemas", "thoughts")
        print(*(name for name in sys.modules if any(word in name for word in words)))
    """
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert [n for n in told.stdout.split() if n.startswith("llmchat.")] == []


async def test_without_tools_nothing_says_how_to_choose_one(ask: Asking) -> None:
    options = {"tool_choice": "auto", "parallel_tool_calls": False}
    heard = await ask("vllm", CHAT, model="m", options=options)
    assert set(json.loads(heard.requests[-1].content)) == {
        "model", "messages", "stream", "stream_options",
    }  # fmt: skip


async def test_earlier_calls_are_said_in_words_where_no_tools_are_offered() -> None:
    model = OpenAIModel(says("You are welcome."))
    said = [ASKED, CALLED, RESULT, Message("assistant", "Noon."), Message("user", "Thanks.")]
    async with opened(model) as provider:
        await hold(provider, ToolTalk(said), tools=())
    assert model.refused == []
    told = '[The tool clock__now was called with {"zone": "UTC"} and returned: 12:00]\n\nNoon.'
    assert [(m["role"], m["content"]) for m in model.asked[0]["messages"]] == [
        ("user", "What time is it?"),
        ("assistant", told),
        ("user", "Thanks."),
    ]


async def test_results_at_the_end_are_followed_by_a_question() -> None:
    said = await sent("openai", ASKED, CALLED, RESULT, CALLED, RESULT, tools=())
    assert [m["role"] for m in said["messages"]] == ["user", "assistant", "user"]
    assert said["messages"][1]["content"].count("12:00") == 2
    assert said["messages"][2]["content"] == ANSWER_NOW


async def test_a_service_without_history_is_told_of_calls_in_its_prompt() -> None:
    async with load("chatglm")(Endpoint()) as provider:
        said = (ASKED, CALLED, RESULT, Message("assistant", "Noon."), Message("user", "Thanks."))
        ready = provider.prepare(Request("", said))
    (message,) = ready.messages
    assert "returned: 12:00]\n\nNoon.\nUser: Thanks." in message.text


# Refusals


@pytest.mark.parametrize("name", ["chatglm", "yqcloud", "chatgptt", "demo"])
async def test_who_takes_no_tools_is_sent_nothing(name: str, ask: Asking) -> None:
    heard = await ask(name, b"", ASKED, tools=(NOW,))
    error = heard.failed()
    assert type(error) is UsageError
    assert error.exit_code == 2
    assert error.message == f"{name} takes no tools"
    assert "llmchat models" in error.hint
    assert heard.requests == []


@pytest.mark.parametrize(
    ("name", "option"), [("openai", "tools"), ("vllm", "tools"), ("gigachat", "functions")]
)
async def test_an_option_does_not_silently_replace_the_tools(
    name: str, option: str, ask: Asking
) -> None:
    heard = await ask(name, b"", ASKED, tools=(NOW,), options={option: []})
    error = heard.failed()
    assert (type(error), error.exit_code) == (UsageError, 2)
    assert error.message == f"the option {option} would replace the tools of -T"
    assert heard.requests == []


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (500, "tools param requires --jinja flag", "--jinja"),
        (
            400,
            '"auto" tool choice requires --enable-auto-tool-choice and '
            "--tool-call-parser to be set",
            "--tool-call-parser",
        ),
        (400, "registry.ollama.ai/library/gemma3:1b does not support tools", "-m"),
        (404, "No endpoints found that support tool use.", "-m"),
    ],
)
async def test_a_server_that_cannot_call_tools_is_explained(
    status: int, said: str, hint: str, ask: Asking
) -> None:
    refused = body([json.dumps({"error": {"message": said}}).encode()], JSON, status=status)
    heard = await ask("vllm", refused, ASKED, model="m", tools=(NOW,))
    error = heard.failed()
    assert isinstance(error, BadRequest)
    assert error.message == said
    assert re.search(re.escape(hint), error.hint)


@pytest.mark.parametrize("kept", ["{no json", "[" * 100_000, "5", '"x"', "{}"])
async def test_poisoned_thoughts_of_an_imported_conversation_are_left_out(kept: str) -> None:
    memory = {"called": "openrouter", "reasoning_details": kept, "extras": kept}
    called = Message("assistant", "", calls=(CALL,), memory=memory)
    said = await sent("openrouter", ASKED, called, RESULT)
    assert "reasoning_details" not in said["messages"][1]
