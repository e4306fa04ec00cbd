"""Parrot: JSON in, one JSON object per line out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

from llmchat.plugin import (
    CONTINUE,
    Access,
    Delta,
    Event,
    Events,
    Finish,
    IncompleteAnswer,
    NotAnAnswer,
    Provider,
    Request,
    Sample,
    read,
    requires_api,
)

requires_api(1)


def payload(request: Request) -> dict[str, Any]:
    """Exactly what goes over the wire."""
    turns = [{"from": m.role, "text": m.text} for m in request.messages]
    return {"voice": request.model, "turns": turns}


class LineReader:
    """Bytes in, events out, however they are cut."""

    ending = False

    def __init__(self, model: str) -> None:
        self._model = model
        self._held = b""
        self.done = False

    def feed(self, data: bytes) -> Iterator[Event]:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            yield from self._said(line)

    def close(self) -> Iterator[Event]:
        if not self.done:
            raise IncompleteAnswer("the parrot stopped in the middle", hint=CONTINUE)
        return iter(())

    def _said(self, line: bytes) -> Iterator[Event]:
        try:
            said = json.loads(line)
        except ValueError:
            raise NotAnAnswer("the parrot did not send JSON", hint="try another -p") from None
        if said.get("done"):
            self.done = True
            yield Finish("stop", self._model)
        elif said.get("text"):
            yield Delta(said["text"])


class Parrot(Provider):
    name = "parrot"
    label = "Parrot"
    url = "https://parrot.example"
    base_url = "https://api.parrot.example"
    access: Access = "key"
    needs_auth = True
    default_model = "grey"
    models = ("grey", "green")
    closed_models = True  # another name is an error, with the nearest one
    takes_options = False
    sample = Sample('{"text": "Привет! 👋"}\n{"done": true}\n'.encode(), "Привет! 👋")

    async def exchange(self, request: Request) -> Events:
        key = self.endpoint.api_key
        headers = {"authorization": f"Bearer {key.reveal()}"} if key else {}
        url = f"{self.base}/talk"
        async with self.wire.send("POST", url, json=payload(request), headers=headers) as reply:
            await self.refuse(reply)  # 401, 429, 5xx: the common errors
            async with aclosing(read(reply, LineReader(request.model))) as events:
                async for event in events:
                    yield event
