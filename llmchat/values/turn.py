"""One question and its answer so far: what is journaled, shown and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Literal, NamedTuple

from llmchat.errors import AllFailed, IncompleteAnswer, LlmchatError, ToolLimit
from llmchat.values.calls import CallOutcome, KeptCall, ToolCall, ToolResult
from llmchat.values.events import (
    Attempt,
    Decided,
    Delta,
    Event,
    Fallback,
    Finish,
    Image,
    Reasoning,
    Usage,
    image_line,
)

TurnState = Literal["streaming", "complete", "interrupted", "incomplete", "error"]


class ValidData(NamedTuple):
    """The data of an answer that matches the schema; `text` is its JSON, `schema` the schema's
    name."""

    value: Any
    text: str
    schema: str = ""


@dataclass(slots=True)
class Turn:
    """Takes every event once, in order; `ticks` is a monotonic clock."""

    provider: str
    requested_model: str
    ticks: Callable[[], float]
    conversation: str = ""
    model: str = ""
    state: TurnState = "streaming"
    finish_reason: str = ""  # stop, length, filter, tool_calls, tool_limit, incomplete, interrupted
    request_id: str = ""
    usage: Usage = field(default_factory=Usage)
    attempts: list[Attempt] = field(default_factory=list)
    error: LlmchatError | None = None
    first_token_ms: int | None = None
    total_ms: int | None = None
    images: list[Image] = field(default_factory=list)
    calls: list[KeptCall] = field(default_factory=list)
    memory: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False  # by the model, in a separate field
    data: ValidData | None = None  # once the answer was checked against a schema
    _unsent: bool = False  # stopped before any service got the question
    _reached: bool = False  # by a failed attempt
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _started: float = 0.0
    _attempt_started: float = 0.0

    def __post_init__(self) -> None:
        self._started = self._attempt_started = self.ticks()

    @property
    def text(self) -> str:
        if len(self._text) > 1:  # joined once, as an answer may be large
            self._text = ["".join(self._text)]
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        return "".join(self._reasoning)

    @property
    def text_with_pictures(self) -> str:
        """The text with a line of Markdown for each picture, for outputs that cannot show
        pictures."""
        lines = [image_line(image.path) for image in self.images if image.path]
        return "\n\n".join(filter(None, [self.text.rstrip("\n"), *lines])) if lines else self.text

    @property
    def reached_nobody(self) -> bool:
        """Whether it failed before any service got the question; such a turn is not saved."""
        failed = self.error is not None and self.error.reached_nobody
        return (failed or self._unsent) and not (self._text or self.calls or self._reached)

    @property
    def stopped_unsent(self) -> bool:
        """Whether the person stopped it before any service got the question."""
        return self._unsent and self.reached_nobody

    def take(self, event: Event) -> None:
        match event:
            case Delta(text):
                self._note_first_token()
                self._text.append(text)
            case Reasoning(text):
                self._note_first_token()
                self._reasoning.append(text)
            case Image():
                self._note_first_token()
                self.images.append(event)
            case Usage():
                self.usage = event
            case ToolCall():
                self.calls.append(KeptCall(event, len(self.text), len(self.reasoning)))
            case ToolResult():
                self._end_call(event.call, event.outcome, event.text, event.ms)
            case Decided(seconds):
                self._started += seconds
                self._attempt_started += seconds
            case Fallback(attempt, provider, _, pause):
                self.attempts.append(attempt)
                self.provider = provider
                self._reached = self._reached or event.reached
                self._attempt_started = self.ticks() + pause
            case Finish(reason, model, request_id, memory):
                self.refused = event.refused
                self.model, self.request_id, self.memory = model, request_id, memory
                self._end("complete", reason, "ok" if reason != "filter" else "filter")

    def fail(self, error: LlmchatError) -> None:
        """Records the error that ended the stream; the text so far is kept."""
        self.error = error
        self.request_id = self.request_id or error.request_id
        cut = isinstance(error, IncompleteAnswer)
        outcome = error.last if isinstance(error, AllFailed) else error.kind
        if isinstance(error, ToolLimit):  # the service did all that it was asked
            self.model, outcome = error.model, "ok"
        self._end("incomplete" if cut else "error", error.kind if cut else "", outcome)

    def interrupt(self, *, unsent: bool = False) -> None:
        """Records that the person or a signal stopped it; the text so far is kept."""
        if self.state == "streaming":
            self._unsent = unsent
            self._end("interrupted", "interrupted", "interrupted")

    def follow(self, earlier: Turn) -> None:
        """Adds the cost of an earlier answer to the same question, which this one corrects."""
        self.attempts = [*earlier.attempts, *self.attempts]
        self.first_token_ms = earlier.first_token_ms
        if self.total_ms is not None and earlier.total_ms is not None:
            self.total_ms += earlier.total_ms
        self.usage = Usage(*map(_sum, astuple(earlier.usage), astuple(self.usage)))

    def _note_first_token(self) -> None:
        if self.first_token_ms is None:
            self.first_token_ms = self._since(self._started)

    def _end_call(self, call: ToolCall, outcome: CallOutcome, text: str, ms: int) -> None:
        for place, kept in enumerate(self.calls):
            if not kept.outcome and kept.call == call:
                self.calls[place] = replace(kept, result=text, outcome=outcome, ms=ms)
                return

    def _end(self, state: TurnState, finish_reason: str, outcome: str) -> None:
        self.state, self.finish_reason = state, finish_reason
        for kept in self.calls:
            self._end_call(kept.call, "cancelled", "", 0)  # calls that had not ended
        self.total_ms = self._since(self._started)
        self.attempts.append(Attempt(self.provider, outcome, self._since(self._attempt_started)))

    def _since(self, start: float) -> int:
        """Milliseconds since `start`; 0 if it was stopped in the pause before that."""
        return max(0, round((self.ticks() - start) * 1000))


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
