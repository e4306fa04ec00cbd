"""A tool as its host describes it, before it has a name for the model; and what a host is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from llmchat.tools.tool import ToolOutput

NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """What a server, a command or a function says of one tool."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: NO_PARAMETERS)
    title: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)

    def hash(self, identity: str) -> str:
        """Of the whole definition together with what runs it, which is its host's `identity`."""
        return hash_of([identity, asdict(self)])


class ToolHost(Protocol):
    """What has tools and runs them: a server, a command, a file of functions."""

    name: str  # of its table; "" for what is named by itself
    identity: str  # a hash of what runs
    protocol: str  # the revision of MCP that it speaks, if it is a server that has started

    def start(self) -> None:
        """Begins what takes a while, in the background."""
        ...

    async def definitions(self) -> Sequence[ToolDefinition]:
        """The last known ones, else the present ones; ToolServerError where there are none."""
        ...

    async def fresh_definitions(self) -> Sequence[ToolDefinition]:
        """As they are now."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any], expected: str) -> ToolOutput:
        """Runs the tool if its definition still has the hash `expected`."""
        ...

    async def aclose(self) -> None: ...


def hash_of(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def has_changed(label: str) -> ToolOutput:
    """A yes was given to another definition than the one there is now."""
    text = f"{label} was not called: its definition has changed since it was offered."
    return ToolOutput(text, "error")
