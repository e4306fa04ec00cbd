"""Yqcloud: raw text in, raw text out, and ban notices that look like answers."""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar

from llmchat.errors import IncompleteAnswer
from llmchat.language import msg
from llmchat.providers.formats.readers import empty_reply
from llmchat.providers.keyless.website import USER_AGENT, Website
from llmchat.providers.keywords import ServiceConversation
from llmchat.providers.stages import CONTINUE, Events
from llmchat.values.events import Delta, Event, Finish
from llmchat.values.messages import Request, format_prompt

HEADERS = {
    "accept": "application/json, text/plain, */*",
    "accept-language": "en-US,en;q=0.9",
    "content-type": "application/json",
    "origin": "https://chat9.yqcloud.top",
    "referer": "https://chat9.yqcloud.top/",
    "user-agent": USER_AGENT,
}
FIRST_MOMENT = 1_700_000_000_000  # in November 2023
MOMENTS = 94_608_000_000  # three years of milliseconds


def payload(request: Request) -> dict[str, Any]:
    """The request body: a leading system message has its own field; the rest is one prompt."""
    messages = request.messages
    system = ""
    if messages[0].role == "system":
        system, messages = messages[0].text, messages[1:]
    return {
        "prompt": format_prompt(messages),
        "userId": request.session,
        "network": True,
        "system": system,
        "withoutContext": False,
        "stream": request.stream,
    }


class TextReader:
    """Reads a body that is the answer's text, split anywhere, also inside a character; it has no
    finish mark."""

    ending = False
    done = False

    def __init__(self, model: str) -> None:
        self._model = model
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Event]:
        if text := self._utf8.decode(data):
            self._begun = True
            yield Delta(text)

    def close(self) -> Iterator[Event]:
        if self._utf8.decode(b"", True):
            raise IncompleteAnswer(
                msg("the reply ends in the middle of a character"), hint=CONTINUE
            )
        if not self._begun:
            raise empty_reply()
        yield Finish("stop", self._model)


@dataclass(slots=True)
class Conversation:
    """The service's conversation, which it identifies by `userId`."""

    userId: str  # part of the Python interface
    message_history: list[dict[str, Any]] = field(default_factory=list)
    model: str = "gpt-4"

    def __str__(self) -> str:
        """Empty, so that a caller who prints everything yielded prints only the answer."""
        return ""

    def remember(self, answer: str) -> None:
        self.message_history.append({"role": "assistant", "content": answer})


def user_id(session: str) -> str:
    """The service's id of a conversation: its beginning in milliseconds. It is derived from the id
    in the history, so that the conversation can continue in another process."""
    if session.startswith("#/chat/"):
        return session
    if not session:
        return f"#/chat/{int(time.time() * 1000)}"
    number = int.from_bytes(sha256(session.encode()).digest()[:8], "big")
    return f"#/chat/{FIRST_MOMENT + number % MOMENTS}"


class Yqcloud(Website):
    name = "yqcloud"
    label = "Yqcloud"
    url = "https://chat9.yqcloud.top"
    base_url = "https://api.binjie.fun"
    api_endpoint: ClassVar[str] = "https://api.binjie.fun/api/generateStream"
    operator = msg("an unknown operator (chat9.yqcloud.top, binjie.fun)")
    default_model = "gpt-4"
    models = ("gpt-4",)

    def exchange(self, request: Request) -> Events:
        body = payload(request) | {"userId": user_id(request.session)}
        reader = TextReader(request.model)
        return self.answered("/api/generateStream", reader, headers=HEADERS, json=body)

    @classmethod
    def open_conversation(
        cls,
        given: ServiceConversation | None,
        model: str,
        messages: Sequence[Mapping[str, Any]],
    ) -> Conversation:
        """A copy of the conversation: the caller's list is not changed before the answer is
        complete."""
        if given is None:
            return Conversation(
                user_id(""), [dict(m) for m in messages], model or cls.default_model
            )
        history = [*given.message_history, *(dict(m) for m in messages[-1:])]
        return Conversation(given.userId, history, given.model)
