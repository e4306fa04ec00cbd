"""Builds GigaChat's request bodies, and reads its frames and lists; no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.providers.base import Model
from llmchat.providers.formats.chat_frames import ChatReader, message_events
from llmchat.providers.formats.readers import json_object, whole_number
from llmchat.providers.gigachat.errors import api_refusal, status_in
from llmchat.providers.gigachat.files import content_id, spread
from llmchat.providers.gigachat.functions.built_in import (
    CALL_STATE,
    STATE,
    built_in,
    function_call,
)
from llmchat.providers.gigachat.tags import FileTag, TagFilter
from llmchat.transport.errors.status import one_line, unexpected
from llmchat.values.endpoint import Pictures
from llmchat.values.events import Delta, Event, Finish, Notice, Stage
from llmchat.values.messages import Message, Request, system_first

if TYPE_CHECKING:
    from llmchat.providers.formats.tools.call_reader import CallReader

ROLES = {"developer": "system", "tool": "function"}  # OpenAI's names for the same roles
TOOL_RUNNING = "function_in_progress"
# Seconds to wait for a built-in tool: a picture takes one minute, a model several.
TOOL_PATIENCE = 600.0
DOING = {"text2image": msg("drawing a picture"), "text2model3d": msg("making a 3D model")}
NO_FILES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Balance:
    """The tokens left of one model's package."""

    model: str
    tokens: float


def payload(
    request: Request, file_ids: Mapping[str, str] = NO_FILES, *, pictures: Pictures = "asked"
) -> dict[str, Any]:
    """The body of a request; an option of None removes a field. `file_ids` maps `content_id` to the
    service's id."""
    said = system_first([replace(m, role=ROLES.get(m.role, m.role)) for m in request.messages])
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [w for m in said for w in _messages(m, file_ids)],
        "stream": request.stream,
        "update_interval": 0,
        **function_call(request, pictures),
    }
    if request.schema:
        from llmchat.providers.formats.structured import field_for  # only with a schema

        body |= field_for(request.schema)
    if request.tools:
        from llmchat.providers.gigachat.functions import own  # few questions use tools

        written = own.written(said, request.tools, lambda m: _messages(m, file_ids))
        body["messages"] = list(written)
        body |= own.offered(request.tools, built_in(request, pictures))
    body |= request.options
    return {name: value for name, value in body.items() if value is not None}


def _messages(message: Message, file_ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One message, or several if it has more than one picture; the text comes last."""
    if message.role == "assistant":
        yield _answer(message)
        return
    *before, last = spread(message.attachments)
    for group in before:
        names = ", ".join(file.name for file in group)
        yield {**_plain("user", names), "attachments": [file_ids[content_id(f)] for f in group]}
    plain = _plain(message.role, message.text)
    if last:
        plain["attachments"] = [file_ids[content_id(f)] for f in last]
    yield plain


def _answer(message: Message) -> dict[str, Any]:
    """An earlier answer; one with a picture is sent back in its original form, so that the picture
    can be changed."""
    state = message.memory.get(STATE)
    if not state:
        return _plain("assistant", message.text)
    content = with_tags(message.text, message.memory.get("tags", ""))
    return {**_plain("assistant", content), STATE: state}


def _plain(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def with_tags(text: str, tags: str) -> str:
    """The text with its file tags put back, which `tags` lists as JSON."""
    try:
        rows = [(int(place), str(tag)) for place, tag in json.loads(tags or "[]")]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return text
    for place, tag in sorted(rows, reverse=True):
        text = text[:place] + tag + text[place:]
    return text


class Frames(ChatReader):
    """Reads streamed frames with GigaChat's additions. `files` are those that the answer names;
    their tags are removed from the text."""

    def __init__(
        self, asked_model: str, *, request_id: str = "", calls: CallReader | None = None
    ) -> None:
        super().__init__(asked_model, request_id=request_id, calls=calls)
        self.files: list[FileTag] = []
        self.patience = 0.0  # seconds of silence to expect
        self._tags = TagFilter()
        self._places: list[tuple[int, str]] = []  # tags with positions in the text without them
        self._length = 0
        self._state = ""
        self._called: dict[str, Any] | None = None

    def error_in(self, data: dict[str, Any], event: str) -> LlmchatError | None:
        status = status_in(data)
        if status is not None:
            return api_refusal(status, {}, json.dumps(data).encode())
        return super().error_in(data, event)

    def pieces(self, message: dict[str, Any]) -> Iterable[Event]:
        # This text is about the tool, not part of the answer.
        if message.get("role") == TOOL_RUNNING:
            self.patience = TOOL_PATIENCE
            yield Stage(_stage(message), TOOL_PATIENCE)
            return
        self.patience = 0.0
        self._state = str(message.get(STATE) or self._state)
        for event in message_events(message):
            if isinstance(event, Delta):
                yield from self._without_tags(self._tags.feed(event.text))
            else:
                yield event
        call = message.get("function_call")
        if isinstance(call, dict) and call.get("name"):
            yield from self._call(call)

    def _call(self, call: dict[str, Any]) -> Iterator[Event]:
        """The event of a call, which comes complete with its arguments as an object; repeated
        frames give one call."""
        if self._calls is None:
            arguments = json.dumps(call.get("arguments"), ensure_ascii=False)
            yield Notice(
                msg(
                    "the model calls the function {name} with {arguments}",
                    name=call["name"],
                    arguments=arguments,
                )
            )
        elif call != self._called:
            self._called = call
            yield from self._calls.take({"tool_calls": [{"function": call}]}, whole=True)

    def finish(self) -> Iterator[Event]:
        yield from self._without_tags(self._tags.flush())
        for event in super().finish():
            yield replace(event, memory=self._memory(event)) if isinstance(event, Finish) else event

    def _without_tags(self, parts: Iterable[str | FileTag]) -> Iterator[Event]:
        for part in parts:
            if isinstance(part, FileTag):
                self.files.append(part)
                self._places.append((self._length, part.tag))
            elif text := part.lstrip() if self.files and not self._length else part:
                self._length += len(text)
                yield Delta(text)

    def _memory(self, finish: Finish) -> dict[str, str]:
        """What to store with the answer: the state of a tool call, or the state and the tags of
        built-in functions. The state of a call that nothing answers is not stored, because it must
        be sent together with a result."""
        if self._state and self._calls is not None and finish.reason == "tool_calls":
            return {CALL_STATE: self._state}
        if not self._state or finish.reason == "tool_calls":
            return {}
        return {STATE: self._state, "tags": json.dumps(self._places)}


def frames_of(request: Request) -> Frames:
    """A reader for the answer, and for calls if tools were offered."""
    if not request.tools:
        return Frames(request.model)
    from llmchat.providers.formats.tools.call_reader import CallReader  # few questions use tools
    from llmchat.providers.gigachat.functions.own import names_of

    return Frames(request.model, calls=CallReader(names_of(request.tools)))


def _stage(message: dict[str, Any]) -> str:
    what = DOING.get(str(message.get("name")), msg("using one of its own tools"))
    said = one_line(str(message.get("content") or ""))
    return msg("{what}: {said}", what=what, said=said) if said else what


def models_in(body: bytes, content_type: str) -> tuple[Model, ...]:
    """The chat models of `GET /models`, without those for embeddings, checks and filters."""
    rows = (json_object(body) or {}).get("data")
    if not isinstance(rows, list):
        raise unexpected(msg("cannot read the model list"), body, content_type)
    chat = (r for r in rows if isinstance(r, dict) and r.get("type", "chat") == "chat")
    return tuple(Model(str(row["id"])) for row in chat if row.get("id"))


def balances_in(body: bytes, content_type: str) -> tuple[Balance, ...]:
    try:
        rows = (json_object(body) or {})["balance"]
        found = tuple(Balance(str(row["usage"]), float(row["value"])) for row in rows)
        if not all(isfinite(balance.tokens) for balance in found):
            raise ValueError("not a number of tokens")
        return found
    except (KeyError, TypeError, ValueError, OverflowError):
        raise unexpected(msg("cannot read the balance"), body, content_type) from None


def counts_in(body: bytes, content_type: str, texts: int) -> tuple[int, ...]:
    """The token counts of `POST /tokens/count`, one for each text."""
    try:
        counts = tuple(row["tokens"] for row in json.loads(body))
        if len(counts) != texts or None in map(whole_number, counts):
            raise ValueError("not a number of tokens for each text")
        return counts
    except (KeyError, TypeError, ValueError, RecursionError):
        raise unexpected(msg("cannot read the token count"), body, content_type) from None
