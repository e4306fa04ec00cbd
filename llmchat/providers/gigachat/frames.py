"""What is said to GigaChat and what it says back, without I/O: bodies, frames, lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from llmchat.errors import LlmchatError, NotAnAnswer
from llmchat.events import Event, Notice
from llmchat.messages import Message, Request, system_first
from llmchat.providers.base import Model
from llmchat.providers.chat_frames import ChatReader, message_events
from llmchat.providers.gigachat.errors import api_refusal, status_in
from llmchat.providers.gigachat.files import content_id
from llmchat.transport.http_errors import not_an_answer

ROLES = {"developer": "system", "tool": "function"}  # OpenAI's names for the same
TOOL_RUNNING = "function_in_progress"
NO_FILES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Balance:
    """Tokens that are left of one model's package."""

    model: str
    tokens: float


def payload(request: Request, file_ids: Mapping[str, str] = NO_FILES) -> dict[str, Any]:
    """The body; an option of None takes a field out. `file_ids` are the names of uploaded files
    by `content_id`."""
    said = (Message(ROLES.get(m.role, m.role), m.text, m.attachments) for m in request.messages)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(m, file_ids) for m in system_first(tuple(said))],
        "stream": request.stream,
        "update_interval": 0,
        **request.options,
    }
    return {name: value for name, value in body.items() if value is not None}


def _message(message: Message, file_ids: Mapping[str, str]) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.attachments:
        plain["attachments"] = [file_ids[content_id(a)] for a in message.attachments]
    return plain


class Frames(ChatReader):
    """Streamed frames, with what GigaChat adds to the common form."""

    def error_in(self, data: dict[str, Any], event: str) -> LlmchatError | None:
        status = status_in(data)
        if status is not None:
            return api_refusal(status, {}, json.dumps(data).encode())
        return super().error_in(data, event)

    def pieces(self, message: dict[str, Any]) -> Iterable[Event]:
        if message.get("role") == TOOL_RUNNING:  # the text tells of the tool; it is no answer
            yield Notice("GigaChat is using one of its own tools")
            return
        yield from message_events(message)
        call = message.get("function_call")
        if isinstance(call, dict) and call.get("name"):
            arguments = json.dumps(call.get("arguments"), ensure_ascii=False)
            yield Notice(f"the model calls the function {call['name']} with {arguments}")


def models_in(body: bytes, content_type: str) -> tuple[Model, ...]:
    """The chat models of `GET /models`; the others embed, check or filter."""
    rows = parsed_object(body).get("data")
    if not isinstance(rows, list):
        raise _unexpected("no list of models came", body, content_type)
    chat = (r for r in rows if isinstance(r, dict) and r.get("type", "chat") == "chat")
    return tuple(Model(str(row["id"])) for row in chat if row.get("id"))


def balances_in(body: bytes, content_type: str) -> tuple[Balance, ...]:
    rows = parsed_object(body).get("balance")
    try:
        return tuple(Balance(str(row["usage"]), float(row["value"])) for row in rows or ())
    except (KeyError, TypeError, ValueError):
        raise _unexpected("no balance came", body, content_type) from None


def counts_in(body: bytes, content_type: str) -> tuple[int, ...]:
    """Tokens of each text of `POST /tokens/count`."""
    try:
        return tuple(int(row["tokens"]) for row in json.loads(body))
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _unexpected("no count of tokens came", body, content_type) from None


def parsed_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, an empty one where there is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _unexpected(what: str, body: bytes, content_type: str) -> NotAnAnswer:
    error = not_an_answer(body[:4096], content_type)
    return NotAnAnswer(f"{what}: {error.message}", hint=error.hint)
