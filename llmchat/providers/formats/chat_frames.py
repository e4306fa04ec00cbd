"""Reads OpenAI-style chat completions, streamed or whole; no I/O.

GigaChat and ChatGptt use the same format with small differences, which they override.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from llmchat.errors import IncompleteAnswer, LlmchatError, NotAnAnswer, ServiceError
from llmchat.language import msg
from llmchat.providers.formats.codes import error_of
from llmchat.providers.formats.media import image_of
from llmchat.providers.formats.readers import WholeBody, empty_reply, json_object, whole_number
from llmchat.providers.stages import CONTINUE
from llmchat.sse import Decoder, ServerSentEvent
from llmchat.transport.errors.status import not_an_answer
from llmchat.values.events import (
    Delta,
    Event,
    Finish,
    FinishName,
    Image,
    Notice,
    Reasoning,
    Refusal,
    Usage,
)

if TYPE_CHECKING:
    from llmchat.providers.formats.tools.call_reader import CallReader

FINISH_NAMES: dict[str, FinishName] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filter",
    "sensitive": "filter",
    "blacklist": "filter",
    "safety": "filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
FAILURES = frozenset({"error", "network_error", "insufficient_system_resource"})
DONE = "[DONE]"


class ChatReader:
    """Reads streamed frames: `data: {json}` until `data: [DONE]`."""

    always_names_reasons = True  # every last frame has the reason, if some frame has the key

    def __init__(
        self, asked_model: str, *, request_id: str = "", calls: CallReader | None = None
    ) -> None:
        self._decoder = Decoder()
        self._model = asked_model
        self.request_id = request_id
        self._calls = calls  # None if no tools were offered
        self._reason = ""
        self._usage: Usage | None = None
        self._begun = False
        self._names_reasons = False  # whether any frame had the key
        self._pictures: list[Image] = []
        self._refused = False
        self.done = False

    @property
    def ending(self) -> bool:
        return bool(self._reason)

    def feed(self, data: bytes) -> Iterator[Event]:
        for frame in self._decoder.feed(data):
            yield from self._frame(frame)
            if self.done:
                return

    def close(self) -> Iterator[Event]:
        """Reads the last frame even without its blank line, unless it was cut."""
        if not self.done:
            for frame in self._decoder.flush():
                if frame.data.strip() == DONE or json_object(frame.data) is not None:
                    yield from self._frame(frame)
        if not self.done and self._reason:
            yield from self.finish()
        if not self._begun:
            raise empty_reply()

    def _frame(self, frame: ServerSentEvent) -> Iterator[Event]:
        data = frame.data.strip()
        if not data:  # an empty event is a keep-alive
            return iter(())
        self._begun = True
        if data == DONE:
            return self._end()
        return self.events(parsed(frame.data), frame.event)

    def _end(self) -> Iterator[Event]:
        """The end of the stream. If frames have a key for the reason but none gives one, the answer
        was cut, for example by another request."""
        if not self._reason and self._names_reasons and self.always_names_reasons:
            self.done = True
            raise IncompleteAnswer(msg("the answer ended without a finish reason"), hint=CONTINUE)
        self._reason = self._reason or "stop"
        return self.finish()

    def events(self, data: dict[str, Any], event: str = "message") -> Iterator[Event]:
        """The events of one frame."""
        if failed := self.error_in(data, event):
            raise failed
        self._begun = True
        self._note(data)
        choices = data.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict) or choice.get("index"):
                continue  # one of several answers (option n)
            self._names_reasons = self._names_reasons or "finish_reason" in choice
            message, reason = self.choice(choice)
            yield from self.pieces(message)
            if self._calls is not None:
                yield from self._calls.take(message, whole=not choice.get("delta"))
            self._reason = reason or self._reason
            if self._reason in FAILURES:
                raise ServiceError(
                    msg("the service stopped early ({reason})", reason=self._reason),
                    hint=msg("try again"),
                )

    def _note(self, data: dict[str, Any]) -> None:
        model = data.get("model")
        if isinstance(model, str) and model:
            self._model = model
        if data.get("usage"):
            self._usage = usage_of(data["usage"]) or self._usage

    def finish(self) -> Iterator[Event]:
        self.done = True
        reason = FINISH_NAMES.get(self._reason, "stop")
        # Otherwise the calls may be incomplete.
        if self._calls is not None and reason in ("stop", "tool_calls"):
            called = self._calls.calls()
            yield from called
            reason = "tool_calls" if called else "stop"
        if self._usage:
            yield self._usage
        yield Finish(reason, self._model, self.request_id, refused=self._refused)

    def error_in(self, data: dict[str, Any], event: str) -> LlmchatError | None:
        failed = data.get("error") or event == "error" or data.get("object") == "error"
        return error_of(data) if failed else None

    def choice(self, choice: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The message, or the piece of one, in a choice, and the finish reason, if any."""
        message = choice.get("delta") or choice.get("message")
        return message if isinstance(message, dict) else {}, str(choice.get("finish_reason") or "")

    def pieces(self, message: dict[str, Any]) -> Iterable[Event]:
        """The events of a message, without a picture that the last frame repeats."""
        self._refused = self._refused or bool(message.get("refusal"))
        for event in message_events(message):
            if isinstance(event, Image):
                if event in self._pictures:
                    continue
                self._pictures.append(event)
            yield event


def message_events(message: dict[str, Any]) -> list[Event]:
    """The events of a delta or a whole message; a refusal in place of a text."""
    thought = message.get("reasoning_content") or message.get("reasoning")
    said: list[Event] = [Reasoning(thought)] if isinstance(thought, str) and thought else []
    content, refusal = message.get("content"), message.get("refusal")
    shown = message.get("images")
    pictures = shown if isinstance(shown, list) else []
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        aloud = "".join(_texts(p.get("thinking")) for p in parts)  # of Mistral
        said += [Reasoning(aloud)] if aloud else []
        pictures = [*(p for p in parts if "image_url" in p), *pictures]
        content = _texts(parts)
    if isinstance(content, str) and content:
        said.append(Delta(content))
    elif isinstance(refusal, str) and refusal:
        said.append(Refusal(refusal))
    return said + [_picture(p) for p in pictures if isinstance(p, dict)] if pictures else said


def _picture(part: dict[str, Any]) -> Event:
    """A picture inside the reply. A URL is named but not fetched: a model must not decide where
    llmchat connects."""
    place = part.get("image_url")
    url = place.get("url") if isinstance(place, dict) else place
    if image := image_of(url):
        return image
    if isinstance(url, str) and url.startswith(("https://", "http://")):
        return Delta(f"\n\n![picture](<{url}>)\n\n")
    return Notice(msg("received a picture that cannot be read"))


def _texts(parts: object) -> str:
    if not isinstance(parts, list):
        return parts if isinstance(parts, str) else ""
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


class WholeReader(WholeBody):
    """Reads one JSON object, with `stream: false` or from a server that does not stream."""

    def __init__(self, stream: ChatReader, content_type: str) -> None:
        super().__init__()
        self._stream = stream
        self._content_type = content_type

    def answer(self, body: bytes) -> Iterator[Event]:
        data = json_object(body)
        if data is None or not (data.get("choices") or self._stream.error_in(data, "")):
            raise not_an_answer(body[:4096], self._content_type)
        yield from self._stream.events(data)
        yield from self._stream.finish()


def parsed(text: str) -> dict[str, Any]:
    data = json_object(text)
    if data is None:
        raise NotAnAnswer(msg("the stream contains invalid data"), hint=msg("run llmchat doctor"))
    return data


def usage_of(data: object) -> Usage | None:
    if not isinstance(data, dict):
        return None
    details = data.get("prompt_tokens_details")
    cached = data.get("precached_prompt_tokens", data.get("prompt_cache_hit_tokens"))
    if cached is None and isinstance(details, dict):
        cached = details.get("cached_tokens")
    return Usage(
        prompt_tokens=whole_number(data.get("prompt_tokens")),
        completion_tokens=whole_number(data.get("completion_tokens")),
        total_tokens=whole_number(data.get("total_tokens")),
        cached_tokens=whole_number(cached),
    )
