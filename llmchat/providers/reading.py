"""Reads a reply: bytes in, events out, masking keys that the service repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Protocol

from llmchat.providers.stages import Events
from llmchat.transport import Reply
from llmchat.values.calls import ToolCall
from llmchat.values.events import Delta, Event, Finish, Notice, Reasoning
from llmchat.values.flood_limits import LEAST_FRAME, MOST_WORDLESS, FillerLimit
from llmchat.values.secret import Mask, StreamMask


class Reader(Protocol):
    """Turns the bytes of one reply into events; no I/O."""

    @property
    def ending(self) -> bool:
        """Whether the finish mark was read; then the rest is awaited only briefly."""

    @property
    def done(self) -> bool:
        """Whether the rest of the reply can be ignored."""

    def feed(self, data: bytes) -> Iterable[Event]: ...

    def close(self) -> Iterable[Event]:
        """Called at the end of the body."""


async def read(reply: Reply, reader: Reader) -> Events:
    """The events of a reply as its bytes arrive, with keys masked."""
    masked = EventMask(reply.mask)
    patience = partial(getattr, reader, "patience", 0.0)  # only a few readers expect long silences
    body = reply.chunks(ending=lambda: reader.ending, patience=patience)
    wordless = FillerLimit(MOST_WORDLESS)
    async with aclosing(body) as chunks:
        async for chunk in chunks:
            wordless.weigh(len(chunk) + LEAST_FRAME * chunk.count(b"data"))
            for event in masked(reader.feed(chunk)):
                wordless.size = 0
                yield event
            if reader.done:
                break
    for event in masked(reader.close()):
        yield event


class EventMask:
    """Masks keys in the events of one reply, whose texts come in pieces."""

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
                        yield event if text == piece else replace(event, text=text)
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
