"""The interface of renderers: each takes the events of one answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from llmchat.values.events import Event


class Renderer(Protocol):
    """Shows one answer until its events end."""

    async def show(self, events: AsyncIterator[Event]) -> None: ...
