"""The events of a stream: what a service returns, as values.

A ToolCall comes whole, before `Finish("tool_calls")`; a ToolResult only from the loop that runs
tools (app/calling/loop.py), as does Decided; the loop tells of a Usage after each round, the sum so
far, and its own Finish is that of the last one.

The contract of a stream: any number of Delta, Reasoning and Image (others may come between them),
at most one Usage, exactly one Finish, last. Errors are raised, never yielded; a reply that ends
without its finish mark raises IncompleteAnswer; closing the generator closes the connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from llmchat.values.calls import ToolCall, ToolResult

FinishName = Literal["stop", "length", "filter", "tool_calls"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Refusal(Delta):
    """A piece of the model's words that it will not answer, where the service tells them apart;
    shown as an answer is."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the model's reasoning; not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person, on stderr."""

    text: str


@dataclass(frozen=True, slots=True)
class Alert(Notice):
    """A notice that `--quiet` does not hide."""


@dataclass(frozen=True, slots=True)
class Stage(Notice):
    """What is being done, for the spinner; `patience` is how many seconds it may take."""

    patience: float = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """How long the person took to decide about calls; the time of the answer is without it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Image:
    """A picture or another file of the answer; `path` is where it was saved."""

    content: bytes = field(repr=False)
    media_type: str
    path: str = ""

    def __str__(self) -> str:
        """Empty, so that a caller who prints everything yielded prints only the answer."""
        return ""


def image_line(path: str) -> str:
    """A picture as a line of Markdown, `![cat](cat.jpg)`, for texts that cannot show it; a path
    that Markdown would misread is put in angle brackets."""
    name = path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "picture"
    shown = "".join(c for c in name if c not in "[]\\")
    safe = "".join(c if c not in "<>\n\r" else f"%{ord(c):02X}" for c in path)
    return f"![{shown}]({f'<{safe}>' if set(' ()') & set(safe) else safe})"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request; `outcome` is "ok" or the kind of its error."""

    provider: str
    outcome: str
    ms: int


@dataclass(frozen=True, slots=True)
class Fallback:
    """An attempt failed before its first character; `provider` is asked next, after `pause`
    seconds. `reached` says whether a service got the question."""

    attempt: Attempt
    provider: str
    text: str
    pause: float = 0.0
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as counted by the service; None if it did not report them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The answer is complete, or ended by its length limit or a filter; says who gave it."""

    reason: FinishName
    model: str
    request_id: str = ""
    # What the service needs back with this answer.
    memory: Mapping[str, str] = field(default_factory=dict)
    refused: bool = False  # the model refused to answer


Event = (
    Delta
    | Reasoning
    | Notice
    | Stage
    | Image
    | Fallback
    | Usage
    | Finish
    | ToolCall
    | ToolResult
    | Decided
)
