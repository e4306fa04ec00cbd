"""ChatGLM's guest endpoint: frames that grow, frames that repeat, and errors with status 200."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any, ClassVar

from llmchat.errors import Filtered, LlmchatError, NotAnAnswer, RateLimited, ServiceError
from llmchat.events import Delta, Event, Finish, Reasoning
from llmchat.messages import Request
from llmchat.providers.base import Access, Provider, read
from llmchat.providers.browser import USER_AGENT
from llmchat.providers.chat_frames import parsed
from llmchat.providers.notices import said_error, screened
from llmchat.providers.stages import Events
from llmchat.sse import Decoder
from llmchat.transport import Reply
from llmchat.transport.refusals import not_an_answer

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
OFFICIAL = "the official way to GLM models: llmchat auth zai, then -p zai"
CITATION = re.compile(r"【\d+†(?:来源|源|source)】")
LONGEST_CITATION = 24
BUSY = 10061


def payload(request: Request) -> dict[str, Any]:
    """The service reads one message only, so the history comes flattened."""
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
    """One part of the answer: each frame may repeat it as a whole or add to it."""

    def __init__(self) -> None:
        self.text = ""
        self.cumulative = False

    def news(self, text: str, *, final: bool) -> str:
        """What `text` says that was not said before."""
        if self.text and text.startswith(self.text):
            self.cumulative = True
            new = text[len(self.text) :]
        elif self.text.startswith(text) and (final or self.cumulative):
            new = ""
        else:
            new = text
        self.text += new
        return new


class FrameReader:
    """Frames of both kinds; `parts` are told apart by their logic_id."""

    def __init__(self, model: str) -> None:
        self._decoder = Decoder()
        self._model = model
        self._parts: dict[str, Part] = {}
        self._spoken = ""  # the part that the last text came from
        self._citation = ""  # what may be the beginning of a citation mark
        self._begun = False
        self.ending = False
        self.done = False

    def feed(self, data: bytes) -> Iterator[Event]:
        for frame in self._decoder.feed(data):
            self._begun = True
            yield from self._frame(frame.data)
            if self.done:
                return

    def close(self) -> Iterator[Event]:
        for frame in () if self.done else self._decoder.flush():
            self._begun = True
            if _is_json(frame.data):
                yield from self._frame(frame.data)
        if not self._begun:
            raise NotAnAnswer("the reply is empty", hint=OFFICIAL)
        if not self.done and self._citation:
            yield Delta(self._citation)

    def _frame(self, text: str) -> Iterator[Event]:
        data = parsed(text.strip())
        status = data.get("status")
        for index, part in enumerate(data.get("parts") or ()):
            yield from self._part(part, index, final=status == "finish")
        if status == "intervene":
            raise Filtered(
                _intervention(data) or "the service's filter stepped in",
                hint="say it in other words",
            )
        if status == "error" or (isinstance(status, int) and status != 0):
            raise error_in(data)
        if status == "finish":
            self.done = True
            if self._citation:
                yield Delta(self._citation)
            yield Finish("stop", self._model)

    def _part(self, part: Any, index: int, *, final: bool) -> Iterator[Event]:
        if not isinstance(part, dict):
            return
        if part.get("status") == "error":
            raise error_in(part)
        name = str(part.get("logic_id") or index)
        final = final or part.get("status") == "finish"
        for content in part.get("content") or ():
            if not isinstance(content, dict):
                continue
            kind = content.get("type")
            text = content.get("think" if kind == "think" else "text")
            if kind not in ("text", "think") or not isinstance(text, str):
                continue
            seen = self._parts.setdefault(f"{kind} {name}", Part())
            new = seen.news(text, final=final)
            if new:
                yield from [Reasoning(new)] if kind == "think" else self._text(name, new)

    def _text(self, part: str, new: str) -> Iterator[Event]:
        if self._spoken not in ("", part):
            new = "\n\n" + new
        self._spoken = part
        if ready := self._without_citations(new):
            yield Delta(ready)

    def _without_citations(self, new: str) -> str:
        text = CITATION.sub("", self._citation + new)
        start = text.rfind("【")
        unsure = start >= 0 and "】" not in text[start:] and len(text) - start < LONGEST_CITATION
        self._citation = text[start:] if unsure else ""
        return text[:start] if unsure else text


def error_in(data: dict[str, Any]) -> LlmchatError:
    """The error that a frame, a part or a JSON body reports."""
    said = _said(data)
    if known := said_error("chatglm", said):
        return known
    code = _code(data)
    if code == BUSY:
        return RateLimited(said or "the service is busy", hint="wait a little and ask again")
    if code in (401, 40102):
        return said_error("chatglm", "请登录") or ServiceError(said)
    return ServiceError(
        f"the service failed: {said or 'it does not say why'}{f' ({code})' if code else ''}",
        hint=OFFICIAL,
    )


def _said(data: dict[str, Any]) -> str:
    last = data.get("last_error") or data.get("error") or {}
    names = ("err_msg", "message", "msg", "intervene_text")
    sources = [last, data] if isinstance(last, dict) else [{"message": last}, data]
    texts = (source.get(name) for source in sources for name in names)
    return next((" ".join(t.split())[:300] for t in texts if isinstance(t, str) and t), "")


def _code(data: dict[str, Any]) -> int:
    last = data.get("last_error") or {}
    found = [data.get("code"), data.get("status")]
    if isinstance(last, dict):
        found = [last.get("error_code"), last.get("code"), *found]
    return next((c for c in found if isinstance(c, int)), 0)


def _intervention(data: dict[str, Any]) -> str:
    last = data.get("last_error")
    return str(last.get("intervene_text") or "") if isinstance(last, dict) else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class ChatGLM(Provider):
    name = "chatglm"
    label = "ChatGLM"
    url = "https://chatglm.cn"
    base_url = "https://chatglm.cn"
    api_endpoint: ClassVar[str] = "https://chatglm.cn/chatglm/mainchat-api/guest/stream"
    access: Access = "keyless"
    operator = "Zhipu AI (chatglm.cn)"
    supports_system_message = False
    supports_message_history = False
    default_model = "glm-4"
    models = ("glm-4",)
    closed_models = True
    takes_options = False

    async def exchange(self, request: Request) -> Events:
        base = (self.endpoint.base_url or self.base_url).rstrip("/")
        async with self.wire.send(
            "POST",
            f"{base}/chatglm/mainchat-api/guest/stream",
            headers=HEADERS | {"X-Device-Id": uuid.uuid4().hex},
            json=payload(request),
        ) as reply:
            await self.refuse(reply)
            if reply.content_type != "text/event-stream":
                await self._no_stream(reply)
            events = screened(read(reply, FrameReader(request.model)), self.name)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def _no_stream(self, reply: Reply) -> None:
        """Errors come as JSON with status 200; an event stream may come without its name."""
        body = await reply.start()
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            raise error_in(data)
        raise not_an_answer(body, reply.content_type)

    def explain(self, status: int, headers: Any, body: bytes) -> LlmchatError:
        plain = super().explain(status, headers, body)
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            return plain
        known = error_in(data) if isinstance(data, dict) else plain
        return plain if type(known) is ServiceError else known
