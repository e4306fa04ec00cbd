"""How a schema is sent to a service: in a field of the request, or described in the question.

Why: docs/decisions/0125-answers-are-checked-in-a-process.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmchat.errors import BadRequest, LlmchatError
from llmchat.language import msg
from llmchat.values.answer_schema import AnswerSchema, SchemaWay
from llmchat.values.events import Delta, Event, Image, Notice, Reasoning
from llmchat.values.messages import Message, Request

if TYPE_CHECKING:
    from llmchat.providers.base import Provider

WORDS = (
    "Answer with one JSON value and nothing else: no other words, no code fence. "
    "It must match this JSON Schema:"
)
NAME = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME = 64
# Keywords that OpenAI's strict mode accepts; others are refused (docs of structured outputs, 2026).
STRICT_KEYS = frozenset((
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum",
    "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems",
    "minimum", "multipleOf", "pattern", "properties", "required", "title", "type",
))  # fmt: skip
STRICT_FORMATS = frozenset((
    "date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid",
))  # fmt: skip


def told(request: Request, supported: SchemaWay) -> Request:
    """The request with its schema as the service supports it; fields support objects only."""
    schema = request.schema
    if schema is None or schema.way:
        return request
    way = supported if supported and schema.body.get("type") == "object" else "words"
    request = replace(request, schema=replace(schema, way=way))
    return request if way in ("json_schema", "flat") else _in_words(request)


def _in_words(request: Request) -> Request:
    """Describes the schema in the last question; at the beginning of a long history it would be
    forgotten."""
    assert request.schema
    body = json.dumps(_plain(request.schema), ensure_ascii=False, separators=(",", ":"))
    text = f"{WORDS}\n{body}"
    messages = list(request.messages)
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message.role == "user":
            said = "\n\n".join(filter(None, [message.text, text]))
            messages[place] = replace(message, text=said)
            return replace(request, messages=tuple(messages))
    return replace(request, messages=(*messages, Message("user", text)))


def field_for(schema: AnswerSchema) -> dict[str, Any]:
    """The field of the body, if the service has one."""
    body = _plain(schema)
    match schema.way:
        case "json_object":
            return {"response_format": {"type": "json_object"}}
        case "flat":  # without `required`, strict allows any object
            strict = bool(body.get("required"))
            return {"response_format": {"type": "json_schema", "schema": body, "strict": strict}}
        case "json_schema":
            return {"response_format": {"type": "json_schema", "json_schema": _nested(schema)}}
    return {}


def _nested(schema: AnswerSchema) -> dict[str, Any]:
    """Strict mode if the schema can be followed strictly without changing its meaning."""
    name = NAME.sub("_", schema.name).strip("_")[:LONGEST_NAME] or "answer"
    body = _plain(schema)
    try:
        return {"name": name, "schema": _strict(body), "strict": True}
    except NotStrict:
        return {"name": name, "schema": body}


def _plain(schema: AnswerSchema) -> dict[str, Any]:
    """The schema without `$id` and the like, which services refuse."""
    return {key: value for key, value in schema.body.items() if key not in ("$schema", "$id")}


class NotStrict(Exception):
    """Part of a schema is not supported by strict mode."""


def _strict(node: Any) -> dict[str, Any]:
    """The schema with every object closed. One with an optional field cannot be strict, because the
    model would have to invent a value."""
    if not isinstance(node, Mapping) or node.keys() - STRICT_KEYS:
        raise NotStrict
    if "format" in node and node["format"] not in STRICT_FORMATS:
        raise NotStrict
    strict = dict(node)
    kinds = node.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds) or "properties" in node:
        fields = node.get("properties", {})
        closed = node.get("additionalProperties", False) is False
        if not fields or not closed or set(node.get("required", ())) != set(fields):
            raise NotStrict
        strict["additionalProperties"] = False
    for key in ("properties", "$defs"):
        if key in node:
            strict[key] = {name: _strict(inner) for name, inner in node[key].items()}
    if "items" in node:
        strict["items"] = _strict(node["items"])
    if "anyOf" in node:
        strict["anyOf"] = [_strict(inner) for inner in node["anyOf"]]
    return strict


async def or_in_words(
    ask: Callable[[Request], AsyncGenerator[Event, None]], provider: Provider, request: Request
) -> AsyncGenerator[Event, None]:
    """The answer; if the service refuses the field, the schema is described in words, now and from
    now on."""
    begun = False
    try:
        async with aclosing(ask(request)) as events:
            async for event in events:
                begun = begun or isinstance(event, Delta | Reasoning | Image)
                yield event
        return
    except LlmchatError as error:
        if begun or not _is_about_field(error):
            raise
        refused = error
    provider.supports_schema = ""
    yield Notice(
        msg(
            "{id} did not accept the schema ({message}); describing it in the prompt instead",
            id=provider.id,
            message=refused.message,
        )
    )
    async with aclosing(ask(_without_field(request))) as again:
        async for event in again:
            yield event


def _is_about_field(error: LlmchatError) -> bool:
    """Whether the service refused the request, or failed with an error that names the field."""
    named = ("response_format", "json_schema", "grammar")
    return isinstance(error, BadRequest) or any(name in error.message for name in named)


def _without_field(request: Request) -> Request:
    assert request.schema
    said = request.schema.way == "json_object"  # it was also described in words
    request = replace(request, schema=replace(request.schema, way="words"))
    return request if said else _in_words(request)
