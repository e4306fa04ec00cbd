"""A tool as a value, and the box of tools of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from llmchat.values.calls import CallOutcome, ToolSpec


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


class Toolbox(Protocol):
    """The tools of one run. Its servers live in tasks of their own until `aclose`."""

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
