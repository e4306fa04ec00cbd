"""Parses the body of a chat request into a `Request`; errors name the field."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llmchat.app.serve.refusals import BadField
from llmchat.schemas.bounds import is_deeper
from llmchat.settings.values import finite
from llmchat.values.answer_schema import AnswerSchema
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.messages import Attachment, Message, Request, content_text

ROLES = ("system", "developer", "user", "assistant", "tool")
CHOICES = ("none", "auto", "required")
MOST_ANSWERS = 8
DEEPEST = 200  # levels; a deeper body could be read, but not written for a service
READ_HERE = frozenset((
    "model", "messages", "stream", "stream_options", "tools", "response_format", "n",
    "functions", "function_call",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChatQuestion:
    """What a client asks; `model` is the id it sent."""

    model: str
    request: Request
    stream: bool = False
    usage: bool = False  # sent as a separate chunk
    answers: int = 1


def json_body(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body, parse_constant=finite, parse_float=finite)
    except (ValueError, RecursionError):
        raise BadField("body", "not valid JSON") from None
    if not isinstance(value, dict):
        raise BadField("body", "not a JSON object")
    if is_deeper(value, DEEPEST):
        raise BadField("body", f"nested deeper than {DEEPEST} levels")
    return value


def model_in(body: Mapping[str, Any]) -> str:
    model = body.get("model", "")
    if not isinstance(model, str):
        raise BadField("model", "must be a text")
    return model


def question_in(body: Mapping[str, Any]) -> ChatQuestion:
    answers = 1 if body.get("n") is None else body["n"]
    if type(answers) is not int or not 1 <= answers <= MOST_ANSWERS:
        raise BadField("n", f"must be a number from 1 to {MOST_ANSWERS}")
    stream = body.get("stream")
    if not isinstance(stream, bool | None):
        raise BadField("stream", "must be true or false")
    tools = tuple(_tools(body.get("tools")))
    if body.get("functions") and not tools:
        raise BadField("functions", "are OpenAI's old form, which is not taken; send tools")
    if _choice(body.get("tool_choice"), tools) == "none":
        tools = ()
    request = Request(
        model="",
        messages=_messages(body.get("messages")),
        options={k: v for k, v in body.items() if k not in READ_HERE and v is not None},
        tools=tools,
        schema=_schema(body.get("response_format")),
    )
    usage = _wants_usage(body.get("stream_options"))
    return ChatQuestion(model_in(body), request, bool(stream), usage, answers)


def _wants_usage(told: object) -> bool:
    if not isinstance(told, dict | None):
        raise BadField("stream_options", "must be an object")
    wanted = told.get("include_usage") if told else None
    if not isinstance(wanted, bool | None):
        raise BadField("stream_options.include_usage", "must be true or false")
    return bool(wanted)


def _messages(rows: object) -> tuple[Message, ...]:
    if not isinstance(rows, list) or not rows:
        raise BadField("messages", "must be a list with at least one message")
    made: list[Message] = []
    calls: dict[str, ToolCall] = {}
    for number, row in enumerate(rows):
        made.append(_message(f"messages[{number}]", row, calls))
        calls |= {call.id: call for call in made[-1].calls}
    return tuple(_with_question(made))


def _with_question(messages: list[Message]) -> list[Message]:
    """Instructions alone are the question: OpenAI answers them, most services want a user's."""
    if all(message.role == "system" for message in messages):
        messages[-1] = replace(messages[-1], role="user")
    return messages


def _message(place: str, row: object, calls: Mapping[str, ToolCall]) -> Message:
    if not isinstance(row, dict) or row.get("role") not in ROLES:
        raise BadField(place, f"must have a role: {', '.join(ROLES)}")
    role = "system" if row["role"] == "developer" else row["role"]
    text, attachments = _content(place, row.get("content"))
    message = Message(role, text, attachments)
    if role == "tool":
        call = calls.get(str(row.get("tool_call_id", "")))
        if call is None:
            raise BadField(f"{place}.tool_call_id", "answers no call of the messages before it")
        return replace(message, call=call)
    if role == "assistant":
        own = tuple(_call(f"{place}.tool_calls", c) for c in _list(place, row.get("tool_calls")))
        text = text or _text(row.get("refusal"))
        return replace(message, text=text, calls=own, reasoning=_text(row.get("reasoning_content")))
    return message


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(place: str, value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadField(place, "must be a list")
    return value


def _call(place: str, row: object) -> ToolCall:
    function = row.get("function") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(function, dict):
        raise BadField(place, "must be functions with their arguments")
    arguments = function.get("arguments") or "{}"
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCall(str(row.get("id", "")), str(function.get("name", "")), arguments)


def _content(place: str, content: object) -> tuple[str, tuple[Attachment, ...]]:
    if content is None or isinstance(content, str):
        return content or "", ()
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise BadField(f"{place}.content", "must be a text or a list of parts")
    return content_text(content), tuple(_attachments(place, content))


def _attachments(place: str, parts: list[Any]) -> Iterator[Attachment]:
    for number, part in enumerate(parts, 1):
        where = f"{place}.content"
        match part.get("type", "text"):
            case "text" | "refusal":
                continue
            case "image_url":
                picture = part.get("image_url")
                url = picture.get("url") if isinstance(picture, dict) else picture
                yield _from_data(where, str(url), f"picture-{number}")
            case "file":
                file = part.get("file") if isinstance(part.get("file"), dict) else {}
                name = str(file.get("filename") or f"file-{number}")
                yield _from_data(where, str(file.get("file_data", "")), name)
            case kind:
                raise BadField(where, f"parts of the type {kind!r} are not taken")


def _from_data(place: str, url: str, name: str) -> Attachment:
    """A picture from a data URL; nothing is fetched for a client."""
    head, comma, data = url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise BadField(place, "pictures and files are taken as data:...;base64 only")
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise BadField(place, "not valid base64") from None
    return Attachment(name, head[5:].partition(";")[0], content)


def _tools(rows: object) -> Iterator[ToolSpec]:
    for row in _list("tools", rows):
        function = row.get("function") if isinstance(row, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise BadField("tools", "must be functions with a name")
        parameters = function.get("parameters")
        yield ToolSpec(
            function["name"],
            str(function.get("description") or ""),
            parameters if isinstance(parameters, dict) else {},
            strict=function.get("strict") is True,
        )


def _choice(wanted: object, tools: Sequence[ToolSpec]) -> str:
    """The tool choice: a keyword, or the name of a tool that must be called."""
    if wanted is None or wanted in CHOICES:
        return str(wanted or "auto")
    function = wanted.get("function") if isinstance(wanted, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if name not in [tool.name for tool in tools]:
        raise BadField("tool_choice", "must be none, auto, required, or one of the tools")
    return str(name)


def _schema(wanted: object) -> AnswerSchema | None:
    if wanted is None:
        return None
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind == "text":
        return None
    if kind == "json_object":
        return AnswerSchema({"type": "object"})
    given = wanted.get("json_schema") if isinstance(wanted, dict) else None
    if kind != "json_schema" or not isinstance(given, dict):
        raise BadField("response_format", "must be text, json_object or json_schema")
    body = given.get("schema")
    if not isinstance(body, dict):
        raise BadField("response_format", "json_schema has no schema")
    return AnswerSchema(body, str(given.get("name", "")))
