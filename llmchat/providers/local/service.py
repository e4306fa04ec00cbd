"""The provider `local`: asks a GGUF file through llama.cpp's server, which is started when
needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmchat.errors import NetworkError
from llmchat.providers.base import Access, Model
from llmchat.providers.local import failures, files
from llmchat.providers.local.files import ModelFile
from llmchat.providers.local.machine import Machine
from llmchat.providers.local.server import ModelServer, WantedModel
from llmchat.providers.local.state import RunningModel
from llmchat.providers.openai import LENGTH_FIELDS, OpenAI
from llmchat.providers.presets import Preset
from llmchat.providers.stages import Events
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Stage
from llmchat.values.messages import Request
from llmchat.values.secret import Secret

if TYPE_CHECKING:
    from llmchat.providers.formats.vectors import Vectors

NOWHERE = "http://127.0.0.1/v1"  # the address of a dry run, which is never connected to
MOST_TOKENS = 2048  # per answer: a small model may repeat itself forever
TRIES = 2
LLAMA = Preset("Local", NOWHERE, access="local", thinking="chat-template")


class Local(OpenAI):
    name = "local"
    label = "Local"
    url = "https://github.com/ggml-org/llama.cpp"
    base_url = ""
    access: Access = "local"
    needs_auth = False

    def __init__(
        self, endpoint: Endpoint | None = None, *, machine: Machine | None = None, **more: Any
    ) -> None:
        given = endpoint or Endpoint()
        super().__init__(replace(given, base_url=given.base_url or NOWHERE), **more)
        self.preset, self.thinking = LLAMA, LLAMA.thinking
        # Otherwise a server already runs at that address.
        self._starts = not (given.base_url or more.get("http"))
        self._looks = not given.base_url and (machine is not None or self._starts)
        self.machine = machine or Machine.here()
        self.server = ModelServer(self.machine)
        self._meant: dict[str, ModelFile] = {}

    def resolve(self, model: str) -> str:
        """The name of the file for a model; raises an error if there is none."""
        named = model or self.endpoint.model
        if not self._looks:
            return named or self.name
        return self.file(named).name if self._starts or not named else named

    def file(self, model: str) -> ModelFile:
        named = model or self.endpoint.model
        return files.named(named, self.machine) if named else files.default(self.machine)

    def prepare(self, request: Request) -> Request:
        ready = super().prepare(request)
        if not self._looks:
            return ready
        if not any(name in ready.options for name in LENGTH_FIELDS):
            ready = replace(ready, options={"max_tokens": MOST_TOKENS, **ready.options})
        if not self._starts:
            return ready
        file = self.file(request.model)
        attached = [a for message in ready.messages for a in message.attachments]
        if any(a.media_type.startswith("image/") for a in attached) and not file.eyes:
            raise failures.no_pictures(file.name)
        self._meant[file.name] = file  # another file may have the same name
        return ready

    async def exchange(self, request: Request) -> Events:
        if not self._starts:
            async with aclosing(super().exchange(request)) as events:
                async for event in events:
                    yield event
            return
        wanted = self._wanted(request.model)
        for left in reversed(range(TRIES)):
            running: RunningModel | None = None
            async with aclosing(self.server.reach(wanted)) as steps:
                async for step in steps:
                    if isinstance(step, Stage):
                        yield step
                    else:
                        running = step
            assert running is not None
            self._go_to(running)
            begun = False
            try:
                own = replace(request, model=running.name)
                async with aclosing(super().exchange(own)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except NetworkError as error:
                if await self._is_gone(error, wanted, begun=begun, left=left):
                    raise self.server.how_it_ended(wanted) from error
            finally:
                self.server.answered(wanted, running)

    async def embed(
        self, texts: Sequence[str], *, model: str = "", dimensions: int | None = None
    ) -> Vectors:
        """The embedding of each text, from a process started for embeddings."""
        wanted = self._wanted(model, embeds=True)
        async with aclosing(self.server.reach(wanted)) as steps:
            async for step in steps:
                if isinstance(step, RunningModel):
                    self._go_to(step)
        return await super().embed(texts, model=wanted.file.name, dimensions=dimensions)

    async def list_models(self) -> tuple[Model, ...]:
        if not self._starts:
            return await super().list_models()
        return tuple(Model(file.name, note=file.place) for file in files.found(self.machine))

    async def aclose(self) -> None:
        self.server.close()
        await super().aclose()

    def _wanted(self, model: str, *, embeds: bool = False) -> WantedModel:
        file = self._meant.get(model) or self.file(model)
        return WantedModel(file, self.endpoint.loading, embeds)

    def _go_to(self, running: RunningModel) -> None:
        key = Secret(running.key)
        self.wire.conceal(key)
        self.base = f"{running.address}/v1"
        self.endpoint = replace(self.endpoint, api_key=key)

    async def _is_gone(
        self, error: NetworkError, wanted: WantedModel, *, begun: bool, left: int
    ) -> bool:
        """Whether the process ended during the request; raises the error if it is still running."""
        is_there = await self.server.is_there(wanted)
        if is_there and (begun or not left):
            raise error
        return not is_there and (begun or error.repeat != "free" or not left)
