"""A renderer that shows the pictures of an answer below its text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import Any, TextIO

from llmchat.render.pictures.area import area_of
from llmchat.render.pictures.protocols import Protocol, sequences
from llmchat.render.plain import Renderer, close, write_whole
from llmchat.values.events import Event, Image


class WithPictures:
    """Wraps a renderer, and draws the pictures below its answer."""

    def __init__(
        self,
        renderer: Renderer,
        stream: TextIO,
        protocol: Protocol,
        size: Callable[[], tuple[int, int]],
    ) -> None:
        self._renderer = renderer
        self._stream = stream
        self._protocol = protocol
        self._size = size
        self._images: list[Image] = []

    async def show(self, events: AsyncIterator[Event]) -> None:
        async with aclosing(self._noted(events)) as noted:
            await self._renderer.show(noted)
        area = area_of(self._stream, self._size())
        for image in self._images:
            if drawn := sequences(image, self._protocol, area):
                write_whole(self._stream, drawn + "\n", tty=True)

    def aside(self) -> AbstractContextManager[object]:
        """Lets others write whole lines between the rows of the answer."""
        aside = getattr(self._renderer, "aside", nullcontext)
        context: AbstractContextManager[object] = aside()
        return context

    async def _noted(self, events: AsyncIterator[Event]) -> Any:
        try:
            async for event in events:
                if isinstance(event, Image):
                    self._images.append(event)
                yield event
        finally:
            await close(events)
