"""A small loop that runs tools, for dialogues of several rounds with a provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from llmchat.providers.base import Provider
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.events import Delta, Event, Finish, Reasoning
from llmchat.values.messages import Message, Request

NOW = ToolSpec(
    "clock__now",
    "The time in a zone.",
    {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
)
ZONE = '{"zone": "UTC"}'


@dataclass
class ToolTalk:
    """The messages so far, and everything that came."""

    messages: list[Message] = field(default_factory=lambda: [Message("user", "What time is it?")])
    events: list[Event] = field(default_factory=list)

    @property
    def calls(self) -> list[ToolCall]:
        return [event for event in self.events if isinstance(event, ToolCall)]

    @property
    def finishes(self) -> list[Finish]:
        return [event for event in self.events if isinstance(event, Finish)]

    @property
    def text(self) -> str:
        return text_of(self.events)


def text_of(events: Sequence[Event]) -> str:
    return "".join(e.text for e in events if isinstance(e, Delta))


async def hold(
    provider: Provider,
    dialogue: ToolTalk | None = None,
    *,
    tools: Sequence[ToolSpec] = (NOW,),
    run: Callable[[ToolCall], str] = lambda call: "12:00",
    stream: bool = True,
    model: str = "",
) -> ToolTalk:
    """Asks, runs the calls and asks again, until an answer has no calls."""
    dialogue = dialogue or ToolTalk()
    for _ in range(5):
        messages = tuple(dialogue.messages)
        asked = Request(model, messages, tools=tuple(tools), stream=stream)
        events = [event async for event in provider.stream(asked)]
        dialogue.events += events
        dialogue.messages += _said(events, run)
        if not any(isinstance(event, ToolCall) for event in events):
            break
    return dialogue


def _said(events: Sequence[Event], run: Callable[[ToolCall], str]) -> list[Message]:
    finish = events[-1]
    assert isinstance(finish, Finish)
    calls = tuple(e for e in events if isinstance(e, ToolCall))
    thought = "".join(e.text for e in events if isinstance(e, Reasoning)) if calls else ""
    answer = Message(
        "assistant", text_of(events), memory=finish.memory, calls=calls, reasoning=thought
    )
    return [answer, *(Message("tool", run(call), call=call) for call in calls)]
