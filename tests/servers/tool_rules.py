"""What a strict OpenAI-compatible server refuses tools, calls and results for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NINE = re.compile(r"[A-Za-z0-9]{9}")
FIELDS = {
    "model", "messages", "stream", "stream_options", "tools", "tool_choice", "tool_stream",
    "parallel_tool_calls", "temperature", "max_tokens", "max_completion_tokens",
    "reasoning_effort", "response_format",
}  # fmt: skip
MESSAGE = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "reasoning_content"},
    "tool": {"role", "content", "tool_call_id"},
}


@dataclass(frozen=True)
class Wire:
    """How calls are spelled: OpenAI's own way, and the ways of others."""

    index: Literal["counted", "zero", "missing"] = "counted"
    arguments: Literal["pieces", "whole", "object", "empty"] = "pieces"
    ids: bool = True
    finish: str = "tool_calls"
    nine: bool = False  # takes ids of nine letters and digits only (Mistral)
    thinks: bool = False  # wants back what it thought before its calls (DeepSeek)
    signs: bool = False  # wants the signature of a message's first call back (Gemini)
    chooses: bool = True  # takes another tool_choice than auto


def complaint(body: Any, wire: Wire) -> str:
    """What a strict server refuses a request for; empty when it is well formed."""
    if not isinstance(body, dict) or set(body) - FIELDS:
        return f"unknown fields: {sorted(set(body) - FIELDS)}"
    tools = body.get("tools")
    if tools is None and {"tool_choice", "parallel_tool_calls", "tool_stream"} & set(body):
        return "tool_choice is only allowed when tools are specified"
    if body.get("tool_choice", "auto") != "auto" and not wire.chooses:
        return "tool_choice takes auto only"
    if tools is not None and (wrong := _about_tools(tools)):
        return wrong
    return _about_messages(body.get("messages"), wire, offered=tools is not None)


def _about_tools(tools: Any) -> str:
    if not isinstance(tools, list) or not 1 <= len(tools) <= 128:
        return "tools must be a list of 1 to 128"
    names = []
    for tool in tools:
        if not isinstance(tool, dict) or set(tool) != {"type", "function"}:
            return "a tool has type and function"
        function = tool["function"]
        if tool["type"] != "function" or set(function) - {"name", "description", "parameters"}:
            return "unknown field of a function"
        parameters = function.get("parameters", {"type": "object"})
        if not isinstance(parameters, dict) or parameters.get("type") != "object":
            return "parameters must be a schema of an object"
        if not NAME.fullmatch(function.get("name", "")):
            return f"not a name of a function: {function.get('name')!r}"
        names.append(function["name"])
    return "two functions have one name" if len(set(names)) < len(names) else ""


def _about_messages(messages: Any, wire: Wire, *, offered: bool) -> str:
    if not isinstance(messages, list) or not messages:
        return "messages must be a list"
    open_calls: set[str] = set()
    before = ""
    for message in messages:
        role = message.get("role")
        if wire.nine and (before, role) == ("tool", "user"):
            return "Unexpected role 'user' after role 'tool'"
        before = role
        if role not in MESSAGE or set(message) - MESSAGE[role]:
            return f"unknown role or field of a message: {message}"
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                return f"no open call has the id {message.get('tool_call_id')!r}"
            if not isinstance(message.get("content"), str):
                return "the content of a result must be text"
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            return f"these calls have no result: {sorted(open_calls)}"
        if "tool_calls" in message:
            wrong = _about_calls(message, wire)
            if wrong:
                return wrong
            open_calls = {call["id"] for call in message["tool_calls"]}
        elif not isinstance(message.get("content"), str | list):
            return "a message has no content"
        if (role == "tool" or "tool_calls" in message) and not offered:
            return "the messages contain calls of tools, and no tools are given"
    return f"these calls have no result: {sorted(open_calls)}" if open_calls else ""


def _about_calls(message: Any, wire: Wire) -> str:
    wanted = message["tool_calls"]
    if not isinstance(wanted, list) or not wanted:
        return "tool_calls must not be empty"
    if not isinstance(message.get("content", ""), str | None):
        return "content must be text or null"
    if wire.signs and "extra_content" not in wanted[0]:
        return "Function call is missing a thought_signature in functionCall parts."
    for call in wanted:
        function = call.get("function")
        if (
            set(call) - ({"extra_content"} if wire.signs else set()) != {"id", "type", "function"}
            or call["type"] != "function"
        ):
            return "a call has id, type and function"
        if set(function) != {"name", "arguments"} or not NAME.fullmatch(function["name"]):
            return "the function of a call has a name and arguments"
        if wire.nine and not NINE.fullmatch(call["id"]):
            return f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
        if not isinstance(function["arguments"], str) or not _is_object(function["arguments"]):
            return "arguments must be the text of a JSON object"
    ids = [call["id"] for call in wanted]
    return "two calls have one id" if len(set(ids)) < len(ids) or not all(ids) else ""


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
