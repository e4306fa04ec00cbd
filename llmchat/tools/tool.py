"""Values for tools: the definition from a host, the form that a model sees, and the output."""

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
    """A tool as described by a server, a command or a function."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: NO_PARAMETERS)
    title: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)

    def hash(self, identity: str) -> str:
        """A hash of the definition and of what runs it, the host's `identity`."""
        return hash_of([identity, asdict(self)])


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with its definition; `spec.name` is the model's name for it, unique in a toolbox."""

    server: str  # the name of its table in the settings; "" for a function or a command
    name: str  # its server's name for it
    spec: ToolSpec
    definition: str  # the hash of the definition that approval applies to
    title: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)  # shown, but not used for decisions
    allowed: bool = False  # by `allow` in the settings or by --allow

    @property
    def label(self) -> str:
        """The name for people: `server/tool`; for a function or a command its name alone."""
        return f"{self.server}/{self.name}" if self.server else self.name


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """The output of a tool; `text` is cut to the limit, with a line that says so."""

    text: str
    outcome: CallOutcome = "ok"


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What tools need of a run: settings, environment, folders."""

    settings: ToolSettings
    environ: Mapping[str, str]
    cwd: Path  # `file.py:function` is relative to it
    config_folder: Path  # paths in config.toml are relative to it
    cache: Path  # of tool lists
    logs: Path  # of servers' messages


class ToolHost(Protocol):
    """A source of tools that runs them: a server, a command, a file of functions."""

    name: str  # of its table; "" if the tool has only its own name
    identity: str  # a hash of what runs
    protocol: str  # the MCP version, for a server that has started

    def start(self) -> None:
        """Begins slow work in the background."""
        ...

    async def definitions(self) -> Sequence[ToolDefinition]:
        """The cached definitions, else the present ones; raises ToolServerError if there are
        none."""
        ...

    async def fresh_definitions(self) -> Sequence[ToolDefinition]:
        """The present definitions."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any], expected: str) -> ToolOutput:
        """Runs the tool if its definition still has the hash `expected`."""
        ...

    async def aclose(self) -> None: ...


class Toolbox(Protocol):
    """The tools of one run. Each server lives in its own task until `aclose`."""

    async def tools(self) -> Sequence[Tool]:
        """All tools, from cached lists if possible; never asks the person."""
        ...

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolOutput:
        """Runs a tool once within its time limit. A failure is an outcome; cancelling cancels the
        call. A tool whose definition has changed since `tool.definition` is not run: outcome
        "error"."""
        ...

    async def aclose(self) -> None:
        """Ends all servers and waits for them, with a time limit."""
        ...


def hash_of(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def has_changed(label: str) -> ToolOutput:
    """The output for a tool whose definition has changed since it was approved."""
    text = f"{label} was not called: its definition has changed since it was offered."
    return ToolOutput(text, "error")


def cut_result(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, then a line about the rest."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return encoded.decode()  # without lone surrogates, which could not be encoded
    return cut_bytes(encoded[:most], total=len(encoded))


def cut_bytes(beginning: bytes, *, total: int) -> str:
    """The beginning of a longer result, without a character that was cut in two."""
    kept = beginning.decode("utf-8", "ignore")
    return f"{kept}\n[cut: the first {len(beginning):,} of {total:,} bytes]"
