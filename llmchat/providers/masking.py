"""Masks keys that a service repeats in the events of its reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning
from llmchat.values.secret import Mask, StreamMask


class EventMask:
    """For one reply, whose texts come in pieces."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._answer = StreamMask(mask)
        self._reasoning = StreamMask(mask)

    def __call__(self, events: Iterable[Event]) -> Iterable[Event]:
        return self._masked(events) if self._mask else events

    def _masked(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            match event:
                case Delta(piece):
                    text = self._answer(piece)
                    if text:
                        yield event if text == piece else Delta(text)
                case Reasoning(piece):
                    text = self._reasoning(piece)
                    if text:
                        yield event if text == piece else Reasoning(text)
                case Notice(text):
                    yield replace(event, text=self._mask(text))
                case Finish(_, model, request_id):
                    model, request_id = self._mask(model), self._mask(request_id)
                    memory = {name: self._mask(kept) for name, kept in event.memory.items()}
                    yield replace(event, model=model, request_id=request_id, memory=memory)
                case ToolCall(_, name, arguments):
                    name, arguments = self._mask(name), self._mask(arguments)
                    yield replace(event, name=name, arguments=arguments)
                case _:
                    yield event
