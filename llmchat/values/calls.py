"""A model's calls of tools, as values: what may be called, a call, and what came of it."""

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
    """What the model wants called; `arguments` is the text of a JSON object, as it came."""

    id: str
    name: str
    arguments: str = "{}"
    label: str = ""  # how a person names the tool, `server/tool`; known to the loop that runs it
    round: int = 0  # which one of its turn, from 1; as above
    # Of the first call of a round: what the service wants back with the message that held it.
    memory: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call, as the model sees it; `outcome` says how it ended, `edited` are the
    person's arguments, if it ran with others than the model's."""

    call: ToolCall
    text: str
    outcome: CallOutcome = "ok"
    ms: int = 0
    edited: str = ""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call as its answer stores it: how many characters of the answer and of the reasoning came
    before it, and its result; an `outcome` of "" is a call whose end was not seen."""

    call: ToolCall
    at: int = 0
    thought: int = 0
    result: str = ""
    outcome: CallOutcome | Literal[""] = ""
    ms: int | None = None

    @property
    def name(self) -> str:
        """As a person knows the tool, or else as the model called it."""
        return self.call.label or self.call.name
