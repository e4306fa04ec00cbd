"""Tool calls as values: the specification of a tool, a call, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CallOutcome = Literal["ok", "error", "refused", "timeout", "cancelled"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON Schema, which calls follow exactly where
    it is `strict` and the service can."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for; `arguments` is its JSON text, unchanged."""

    id: str
    name: str
    arguments: str = "{}"
    label: str = ""  # the tool's name for people, `server/tool`; set by the loop that runs it
    round: int = 0  # the number of its round in the turn, from 1; also set by the loop
    # Of the first call of a round: what the service needs back with the message.
    memory: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call, as the model sees it; `outcome` says how it ended, `edited` are the
    person's arguments, if the person changed those of the model."""

    call: ToolCall
    text: str
    outcome: CallOutcome = "ok"
    ms: int = 0
    edited: str = ""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call as its answer stores it: how many characters of the answer and of the reasoning came
    before it, and its result; an `outcome` of "" means that its end was not seen."""

    call: ToolCall
    at: int = 0
    thought: int = 0
    result: str = ""
    outcome: CallOutcome | Literal[""] = ""
    ms: int | None = None

    @property
    def name(self) -> str:
        """The tool's name for people, else as the model called it."""
        return self.call.label or self.call.name
