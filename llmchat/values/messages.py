"""Messages and requests as values, and their flattening for services that take one prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from llmchat.errors import EmptyPrompt
from llmchat.language import msg
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.roles import SUMMARY

if TYPE_CHECKING:
    from llmchat.values.answer_schema import AnswerSchema


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels beside the text; `path` is where it lies, which no service is told."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    memory: Mapping[str, str] = field(default_factory=dict)  # of the service that gave this answer
    calls: tuple[ToolCall, ...] = ()  # of an assistant's message: what it wants called
    call: ToolCall | None = None  # of a tool's message: the call that its text is the result of
    reasoning: str = ""  # of an assistant's message with calls: some services want it back


class Instructions(NamedTuple):
    """What a project says to models, and the names of the files that say it."""

    text: str = ""
    names: tuple[str, ...] = ()


OF_ANSWERS = frozenset((  # options that say how long an answer is, or what it is made of
    "audio", "function_call", "functions", "grammar", "json_schema", "logprobs",
    "max_completion_tokens", "max_tokens", "min_tokens", "modalities", "n", "n_predict",
    "num_predict", "parallel_tool_calls", "response_format", "stop", "tool_choice", "tools",
    "top_logprobs",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one service; `session` is an opaque id for services that keep one. One that
    stands `aside` asks for a summary or a title: what a person wants of answers is not for it."""

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    session: str = ""
    stream: bool = True
    effort: str = ""  # one of `endpoint.EFFORTS`; empty for what the settings say
    tools: tuple[ToolSpec, ...] = ()
    schema: AnswerSchema | None = None  # what the answer has to match
    aside: bool = False
    unforced: bool = False  # a later round of calls: one that was forced in each would never end


class InBranch(Protocol):
    """A message of a branch; `keeps` is how many before a summary are sent along with it."""

    @property
    def role(self) -> str: ...

    @property
    def keeps(self) -> int: ...


Entry = TypeVar("Entry", bound=InBranch)


def sent_part(branch: Sequence[Entry]) -> Sequence[Entry]:
    """What of a branch is sent: all of it, or its last summary with the messages that it keeps
    and those after it (docs/decisions/0135-a-summary-is-one-row.md)."""
    last = next((n for n in range(len(branch) - 1, -1, -1) if branch[n].role == SUMMARY), None)
    if last is None:
        return branch
    before = [entry for entry in branch[:last] if entry.role != SUMMARY]
    kept = before[max(0, len(before) - branch[last].keeps) :] if branch[last].keeps > 0 else []
    return [branch[last], *kept, *branch[last + 1 :]]


def framed(summary: str) -> str:
    """A summary as it is sent, marked so that it is not taken for the person's words."""
    return f"[Summary of the earlier conversation]\n{summary}\n[End of the summary]"


def format_prompt(messages: Sequence[Message]) -> str:
    """One prompt for a service without history; a lone message stays bare."""
    if not messages:
        raise EmptyPrompt(msg("no prompt given"), hint=msg('llmchat ask "your question"'))
    if len(messages) == 1:
        return messages[0].text
    said = (f"{m.role.capitalize()}: {m.text}" for m in messages if m.text.strip())
    return "\n".join(said) + "\nAssistant:"


def fold_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The same conversation for a service without system messages: their text opens the first
    question."""
    found = system_first(messages)
    if not found or found[0].role != "system":
        return found
    system, *others = found
    if others and others[0].role == "user":
        first = others.pop(0)
        system = Message("user", f"{system.text}\n\n{first.text}", first.attachments)
    return (Message("user", system.text, system.attachments), *others)


def system_first(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The same conversation with one system message, in front."""
    system = "\n\n".join(m.text for m in messages if m.role == "system" and m.text.strip())
    others = tuple(m for m in messages if m.role != "system")
    return (Message("system", system), *others) if system else others


def from_dicts(messages: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """The messages of the Python interface: `{"role": ..., "content": str | parts}`."""
    return tuple(Message(str(m["role"]), content_text(m.get("content"))) for m in messages)


def content_text(content: object) -> str:
    """The text of a content field: parts of another type than text are left out."""
    if content is None:
        return ""
    if isinstance(content, list):
        texts = (p.get("text") for p in content if p.get("type", "text") == "text")
        return "".join(t for t in texts if isinstance(t, str))
    return str(content)
