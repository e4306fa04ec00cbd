"""Tools in OpenAI's format: the offered tools, and calls with their results as messages.

Why: docs/decisions/0120-tools-on-two-wires.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from llmchat.providers.formats.readers import json_object
from llmchat.providers.formats.tools.call_reader import EXTRA, CallReader
from llmchat.providers.formats.tools.names import ToolNames
from llmchat.providers.formats.tools.past_calls import CalledRound, rounds
from llmchat.providers.presets import Preset
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.messages import Message, Request

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CALLED = "called"  # keys in an answer's memory: the provider that made its calls,
EXTRAS = "call_extras"  # what it needs back with each of them, as JSON,
THOUGHTS = "reasoning_details"  # and with all of them
STOPPED = "(stopped)"  # an answer between results and a new question
# Gemini needs this in place of a signature on calls that it did not make itself.
UNSIGNED = {"google": {"thought_signature": "skip_thought_signature_validator"}}

Body = dict[str, Any]


def names_of(tools: Sequence[ToolSpec]) -> ToolNames:
    return ToolNames((tool.name for tool in tools), NAME)


def tool_fields(request: Request, preset: Preset) -> Body:
    """The fields of the body that offer the tools."""
    names = names_of(request.tools)
    fields: Body = {"tools": [_offered(tool, names, preset) for tool in request.tools]}
    if preset.tool_stream and request.stream:
        fields["tool_stream"] = True
    return fields


def _offered(tool: ToolSpec, names: ToolNames, preset: Preset) -> Body:
    schema = {"type": "object", "properties": {}, **tool.parameters}
    schema.pop("$schema", None)
    function: Body = {"name": names.wire(tool.name), "parameters": schema}
    if tool.description:
        function["description"] = tool.description
    if tool.strict and preset.strict_tools:
        function["strict"] = True
    return {"type": "function", "function": function}


def wire_messages(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    preset: Preset,
    *,
    provider: str,
    plain: Callable[[Message], Body],
) -> Iterator[Body]:
    """The messages of the conversation; `plain` converts a message without calls."""
    names = names_of(tools)
    called = False
    for entry in rounds(messages):
        if called and not isinstance(entry, CalledRound) and entry.role == "user":
            yield {"role": "assistant", "content": STOPPED}  # Mistral's models require one
        called = isinstance(entry, CalledRound)
        if isinstance(entry, CalledRound):
            yield from _round(entry, names, preset, provider)
        else:
            thought = preset.returns_reasoning and entry.reasoning
            yield {**plain(entry), **({"reasoning_content": entry.reasoning} if thought else {})}


def _round(called: CalledRound, names: ToolNames, preset: Preset, provider: str) -> Iterator[Body]:
    message = called.message
    ids = _ids(message.calls, preset)
    extras = _extras(message, preset, provider)
    rows = [
        {"id": ids[place], **_call(call, names), **extras.get(call.id, {})}
        for place, call in enumerate(message.calls)
    ]
    said: Body = {"role": "assistant", "content": message.text or None, "tool_calls": rows}
    if preset.returns_reasoning:  # even if it is empty
        said["reasoning_content"] = message.reasoning
    if thoughts := _thoughts(message, provider):
        said[THOUGHTS] = thoughts
    yield said
    for place, result in enumerate(called.results):
        yield {"role": "tool", "tool_call_id": ids[place], "content": result}


def _call(call: ToolCall, names: ToolNames) -> Body:
    """A call; arguments that are not an object are left out, because the result says what was
    wrong."""
    whole = json_object(call.arguments) is not None
    arguments = call.arguments if whole else "{}"
    return {
        "type": "function",
        "function": {"name": names.wire(call.name), "arguments": arguments},
    }


def _ids(calls: Sequence[ToolCall], preset: Preset) -> list[str]:
    """The ids of the calls, replaced if this service does not accept them."""
    ids: list[str] = []
    for call in calls:
        told = call.id
        while told in ids or not re.fullmatch(preset.call_ids, told):
            content = f"{told}/{len(ids)}".encode(errors="surrogatepass")
            told = sha256(content).hexdigest()[:9]
        ids.append(told)
    return ids


def _thoughts(message: Message, provider: str) -> list[Any]:
    """The reasoning of this service; an imported conversation may contain anything here."""
    if message.memory.get(CALLED) != provider:
        return []
    try:
        kept = json.loads(message.memory.get(THOUGHTS, "[]"))
    except (ValueError, RecursionError):
        return []
    return kept if isinstance(kept, list) else []


def _extras(message: Message, preset: Preset, provider: str) -> Mapping[str, Body]:
    """What each call needs, only for the service that made it: others refuse unknown fields."""
    kept = json_object(message.memory.get(EXTRAS, "")) or {}
    if message.memory.get(CALLED) == provider and kept:
        return {name: {EXTRA: extra} for name, extra in kept.items()}
    return {message.calls[0].id: {EXTRA: UNSIGNED}} if preset.signs_calls else {}


def call_memory(calls: CallReader, provider: str) -> dict[str, str]:
    """What to store with an answer that has calls, if the service needs something back."""
    kept = {EXTRAS: calls.extras, THOUGHTS: calls.thoughts}
    told = {name: json.dumps(value) for name, value in kept.items() if value}
    return {CALLED: provider, **told} if told else {}
