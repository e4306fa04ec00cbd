"""The base of keyless websites, which expect a browser and send notices as answers."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from llmchat.providers.base import Access, Provider, read
from llmchat.providers.keyless.notices import screened
from llmchat.providers.reading import Reader
from llmchat.providers.stages import Events

USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


class Website(Provider):
    access: Access = "keyless"
    closed_models = True
    takes_options = False

    async def answered(self, path: str, reader: Reader, **content: Any) -> Events:
        """Sends a request and yields the events of the reply, unless it begins like a notice."""
        async with self.wire.send("POST", self.base + path, **content) as reply:
            await self.refuse(reply)
            async with aclosing(screened(read(reply, reader), self.name)) as events:
                async for event in events:
                    yield event
