"""ChatGLM's guest endpoint: cumulative frames, increments, repetitions, and errors with status 200.

Why: docs/decisions/0016-repeated-frames.md.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from llmchat.errors import AuthError, Filtered, LlmchatError, RateLimited, ServiceError
from llmchat.language import msg
from llmchat.providers.formats.chat_frames import parsed
from llmchat.providers.formats.readers import EitherReader, WholeBody, empty_reply, json_object
from llmchat.providers.keyless.notices import notice_error
from llmchat.providers.keyless.website import USER_AGENT, Website
from llmchat.providers.stages import Events
from llmchat.sse import Decoder
from llmchat.transport.errors.status import not_an_answer, one_line
from llmchat.values.events import Delta, Event, Finish, Reasoning
from llmchat.values.messages import Request

HEADERS = {
    "Accept": "text/event-stream",
    "Accept-Language": "en-US,en;q=0.9",
    "App-Name": "chatglm",
    "Authorization": "undefined",
    "Content-Type": "application/json",
    "Origin": "https://chatglm.cn",
    "User-Agent": USER_AGENT,
    "X-App-Platform": "pc",
    "X-App-Version": "0.0.1",
}
OFFICIAL = msg("for official access to GLM models: llmchat auth zai, then -p zai")
CITATION = re.compile(r"【\d+†(?:来源|源|source)】")
LONGEST_CITATION = 24
BUSY = 10061
SIGN_IN = (401, 40102)


def payload(request: Request) -> dict[str, Any]:
    """The request body, with the history flattened, because the service reads one message only."""
    return {
        "assistant_id": "65940acff94777010aa6b796",
        "conversation_id": "",
        "meta_data": {
            "if_plus_model": False,
            "is_test": False,
            "input_question_type": "xxxx",
            "channel": "",
            "draft_id": "",
            "quote_log_id": "",
            "platform": "pc",
        },
        "messages": [
            {"role": m.role, "content": [{"type": "text", "text": m.text}]}
            for m in request.messages
        ],
    }


class Part:
    """One part of the answer: a frame may repeat the whole text or add to it."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        self.cumulative = False
        self.pending = ""  # text that came twice in a row: a repetition, or an identical increment
        self._pieces: list[str] = []  # joined when needed, which few frames do
        self._length = 0

    def news(self, text: str, *, increments: bool = False) -> str:
        """The new text in a frame in the middle of the answer."""
        if increments or not self._length:
            new = text
        elif len(text) > self._length and text.startswith(self.text):
            self.cumulative, self.pending = True, ""
            new = text[self._length :]
        elif self.cumulative and self._begins_with(text):
            new = ""
        elif len(text) == self._length and text == self.text and not self.pending:
            self.pending, new = text, ""
        else:
            new, self.pending = self.pending + text, ""
        self._add(new)
        return new

    def last_news(self, text: str) -> str:
        """The new text in the last frame: a snapshot of everything, or an increment."""
        if len(text) < self._length:
            new = "" if self._begins_with(text) else self.pending + text
        else:
            new = self._snapshot(text)
        self._add(new)
        self.pending = ""
        return new

    def _snapshot(self, text: str) -> str:
        whole = self.text + self.pending
        if text.startswith(whole):
            return self.pending + text[len(whole) :]
        if text.startswith(self.text):
            return text[self._length :]
        return self.pending + text

    @property
    def text(self) -> str:
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def _begins_with(self, text: str) -> bool:
        begun = self._pieces[0] if self._pieces else ""
        return (begun if len(text) <= len(begun) else self.text).startswith(text)

    def _add(self, new: str) -> None:
        self._pieces.append(new)
        self._length += len(new)


class FrameReader:
    """Reads frames of all kinds; the parts of an answer are identified by logic_id."""

    ending = False

    def __init__(self, model: str) -> None:
        self._decoder = Decoder()
        self._model = model
        self._parts: dict[str, Part] = {}
        self._spoken = ""  # logic_id of the part that the last text came from
        self._citation = ""  # text that may begin a citation mark
        self._increments = False  # whether the service says that frames are increments
        self._begun = False
        self.done = False

    def feed(self, data: bytes) -> Iterator[Event]:
        for frame in self._decoder.feed(data):
            if frame.data.strip():  # an empty event is a keep-alive
                yield from self._frame(parsed(frame.data))
            if self.done:
                return

    def close(self) -> Iterator[Event]:
        for frame in () if self.done else self._decoder.flush():
            if (data := json_object(frame.data)) is not None:
                yield from self._frame(data)
        if not self._begun:
            raise empty_reply()
        if not self.done:
            yield from self._held_back()

    def _frame(self, data: dict[str, Any]) -> Iterator[Event]:
        self._begun = True
        meta = data.get("meta_data")
        if isinstance(meta, dict) and isinstance(meta.get("if_increase_push"), bool):
            self._increments = meta["if_increase_push"]
        status = data.get("status")
        found = data.get("parts")
        parts = [p for p in found if isinstance(p, dict)] if isinstance(found, list) else []
        for index, part in enumerate(parts):
            yield from self._part(part, index, final=status == "finish")
        if status == "intervene":
            raise Filtered(
                _intervention(data) or msg("stopped by the service's content filter"),
                hint=msg("rephrase your question"),
            )
        broken = [part for part in parts if part.get("status") == "error"]
        if status == "error" or _code(data) or broken:
            raise error_in(next((d for d in (data, *broken) if _error_text(d)), data))
        if status == "finish":
            yield from self._held_back()
            self.done = True
            yield Finish("stop", self._model)

    def _held_back(self) -> Iterator[Event]:
        """Releases the text that was held back until the end of the stream."""
        for part in self._parts.values():
            if part.pending:
                yield from self._say(part, part.last_news(part.text + part.pending))
        if self._citation:
            yield Delta(self._citation)

    def _part(self, part: dict[str, Any], index: int, *, final: bool) -> Iterator[Event]:
        name = str(part.get("logic_id") or index)
        final = final or part.get("status") == "finish"
        contents = part.get("content")
        for place, content in enumerate(contents if isinstance(contents, list) else ()):
            kind = content.get("type") if isinstance(content, dict) else None
            text = content.get(kind) if kind in ("text", "think") else None
            if isinstance(text, str) and text:
                key = f"{kind} {name} {place}"
                seen = self._parts.setdefault(key, Part(str(kind), name))
                if final:
                    new = seen.last_news(text)
                else:
                    new = seen.news(text, increments=self._increments)
                if new:
                    yield from self._say(seen, new)

    def _say(self, part: Part, new: str) -> Iterator[Event]:
        if part.kind == "think":
            yield Reasoning(new)
            return
        if self._spoken not in ("", part.name):
            new = "\n\n" + new
        self._spoken = part.name
        if ready := self._without_citations(new):
            yield Delta(ready)

    def _without_citations(self, new: str) -> str:
        text = CITATION.sub("", self._citation + new)
        start = text.rfind("【")
        unsure = start >= 0 and "】" not in text[start:] and len(text) - start < LONGEST_CITATION
        self._citation = text[start:] if unsure else ""
        return text[:start] if unsure else text


class ErrorReader(WholeBody):
    """Reads a body that is not a stream: an error as JSON, or a web page."""

    def answer(self, body: bytes) -> Iterator[Event]:
        data = json_object(body)
        raise not_an_answer(body[:4096], "") if data is None else error_in(data)


def error_in(data: dict[str, Any]) -> LlmchatError:
    """The error that a frame, a part or a JSON body reports."""
    said, code = _error_text(data), _code(data)
    if known := notice_error("chatglm", said):
        return known
    if code == BUSY:
        return RateLimited(
            said or msg("the service is busy"), hint=msg("wait a moment, then try again")
        )
    if code in SIGN_IN:
        return AuthError(
            msg("ChatGLM requires a login: {said}", said=said or msg("no reason given")),
            hint=OFFICIAL,
            code=code,
        )
    return ServiceError(
        msg(
            "the service failed: {said}{value}",
            said=said or msg("no reason given"),
            value=msg(" ({code})", code=code) if code else "",
        ),
        hint=OFFICIAL,
    )


def _error_text(data: dict[str, Any]) -> str:
    last = data.get("last_error") or data.get("error") or {}
    names = ("err_msg", "message", "msg", "intervene_text")
    sources = [last, data] if isinstance(last, dict) else [{"message": last}, data]
    texts = (source.get(name) for source in sources for name in names)
    return next((one_line(t) for t in texts if isinstance(t, str) and t), "")


def _code(data: dict[str, Any]) -> int:
    """The number of an error; 0 means no error."""
    last = data.get("last_error")
    found = [last.get("error_code"), last.get("code")] if isinstance(last, dict) else []
    numbers = (_number(value) for value in [*found, data.get("code"), data.get("status")])
    return next((number for number in numbers if number not in (0, 200)), 0)


def _number(value: object) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) else 0


def _intervention(data: dict[str, Any]) -> str:
    last = data.get("last_error")
    return one_line(str(last.get("intervene_text") or "")) if isinstance(last, dict) else ""


class ChatGLM(Website):
    name = "chatglm"
    label = "ChatGLM"
    url = "https://chatglm.cn"
    base_url = "https://chatglm.cn"
    api_endpoint: ClassVar[str] = "https://chatglm.cn/chatglm/mainchat-api/guest/stream"
    operator = "Zhipu AI (chatglm.cn)"
    caveat = msg("probably closed to guests")
    supports_system_message = False
    supports_message_history = False
    default_model = "glm-4"
    models = ("glm-4",)

    def exchange(self, request: Request) -> Events:
        return self.answered(
            "/chatglm/mainchat-api/guest/stream",
            EitherReader(FrameReader(request.model), ErrorReader()),
            headers=HEADERS | {"X-Device-Id": uuid.uuid4().hex},
            json=payload(request),
        )

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
        plain = super().explain(status, headers, body)
        data = json_object(body)
        known = plain if data is None else error_in(data)
        if type(known) is ServiceError:
            return plain
        known.repeat, known.retry_after = plain.repeat, plain.retry_after
        return known
