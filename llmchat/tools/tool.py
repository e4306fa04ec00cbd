"""A tool as a value: its host's description, the form that a model sees, and its output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from llmchat.settings.tools import ToolSettings
from llmchat.values.calls import CallOutcome, ToolSpec

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


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool with its definition; `spec.name` is what the model calls it, unique in a box."""

    server: str  # the name of its table in the configuration; "" for a function or a command
    name: str  # what its server calls it
    spec: ToolSpec
    definition: str  # the hash of the whole definition, which a person's yes is bound to
    title: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)  # shown, and decide nothing
    allowed: bool = False  # `allow` in the configuration, or --allow, names it

    @property
    def label(self) -> str:
        """How a person names it: `server/tool`, a function or a command by its name alone."""
        return f"{self.server}/{self.name}" if self.server else self.name


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool gave back; `text` is cut to the limit, and says so."""

    text: str
    outcome: CallOutcome = "ok"


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools need of a run: settings, environment, folders."""

    settings: ToolSettings
    environ: Mapping[str, str]
    cwd: Path  # that `file.py:function` counts from
    config_folder: Path  # that a path in config.toml counts from
    cache: Path  # of tool lists
    logs: Path  # of servers' messages


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


class Toolbox(Protocol):
    """The tools of one run. Each server lives in its own task until `aclose`."""

    async def tools(self) -> Sequence[Tool]:
        """All of them, from the cached lists where there are such; never asks a person."""
        ...

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput:
        """Runs it once within its time limit. A failure is an outcome; cancelling cancels it. A
        tool whose definition is not `tool.definition` any more is not run: outcome "error"."""
        ...

    async def aclose(self) -> None:
        """Ends all servers and waits for their ends, bounded."""
        ...


def hash_of(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def has_changed(label: str) -> ToolOutput:
    """A yes was given to another definition than the one there is now."""
    text = f"{label} was not called: its definition has changed since it was offered."
    return ToolOutput(text, "error")


def cut_result(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, then a line about the rest."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return encoded.decode()  # without halves of a pair, which nothing else could write
    return cut_bytes(encoded[:most], total=len(encoded))


def cut_bytes(beginning: bytes, *, total: int) -> str:
    """The beginning of a longer result; a character that was cut in two is left out."""
    kept = beginning.decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {len(beginning):,} of {total:,} bytes]"
