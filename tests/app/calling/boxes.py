"""A scripted model, and tools that do what a test says; no process, no terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from llmchat.app.calling.loop import Verdict
from llmchat.errors import LlmchatError
from llmchat.tools.tool import Tool, ToolOutput
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.events import Delta, Event, Finish, Usage
from llmchat.values.messages import Request

Run = Callable[[Mapping[str, Any]], Awaitable[ToolOutput]]


def tool(name: str, server: str = "box", *, allowed: bool = False, definition: str = "d1") -> Tool:
    return Tool(server, name, ToolSpec(name, f"about {name}"), definition, allowed=allowed)


def wants(*calls: ToolCall | str, text: str = "") -> list[Event | LlmchatError]:
    """A round with calls; a bare name is a call without arguments."""
    made = [
        call if isinstance(call, ToolCall) else ToolCall(f"call{n:05}", call)
        for n, call in enumerate(calls)
    ]
    said = [Delta(text)] if text else []
    return [*said, *made, Usage(5, 2, 7), Finish("tool_calls", "m-1", memory={"state": "s"})]


def says(text: str) -> list[Event | LlmchatError]:
    return [Delta(text), Usage(10, 3, 13), Finish("stop", "m-1", "last")]


class Model:
    """A scripted model: one entry for each request; the last one is repeated."""

    id = "scripted"

    def __init__(self, *scripts: Sequence[Event | LlmchatError]) -> None:
        self._left = list(scripts)
        self.asked: list[Request] = []

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        script = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        for step in script:
            if isinstance(step, LlmchatError):
                raise step
            yield step

    async def aclose(self) -> None:
        pass


class Box:
    """A toolbox and a person in one; `runs` defines what a tool does."""

    def __init__(self, *tools: Tool, agrees: bool = True, patience: int = 0) -> None:
        self.tools_now = list(tools)
        self.agrees = agrees
        self.patience = patience  # how often the person lets it go on
        self.runs: dict[str, Run] = {}
        self.shown: list[tuple[str, Mapping[str, Any]]] = []
        self.ran: list[str] = []
        self.cancelled: list[str] = []

    async def offered(self) -> Sequence[Tool]:
        return self.tools_now

    async def verdict(self, tool: Tool, arguments: Mapping[str, Any]) -> Verdict:
        self.shown.append((tool.label, arguments))
        return Verdict(self.agrees, arguments)

    async def go_on(self, rounds: int) -> bool:
        self.patience -= 1
        return self.patience >= 0

    def masked(self, text: str) -> str:
        return text

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput:
        self.ran.append(tool.name)
        run = self.runs.get(tool.name)
        try:
            return await run(arguments) if run else ToolOutput(f"{tool.name} was here")
        except asyncio.CancelledError:
            self.cancelled.append(tool.name)
            raise
