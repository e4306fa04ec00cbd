"""Messages and requests as values, and their conversion for services that take a single prompt."""

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
    """A file sent with a message; `path` is where it is on this machine, which is never sent."""

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
    calls: tuple[ToolCall, ...] = ()  # of an assistant message: the calls that it asks for
    call: ToolCall | None = None  # of a tool message: the call whose result it is
    reasoning: str = ""  # of an assistant message with calls: some services need it back


class Instructions(NamedTuple):
    """A project's instructions, and the names of the files they come from."""

    text: str = ""
    names: tuple[str, ...] = ()


OF_ANSWERS = frozenset((  # options for the length or the content of an answer
    "audio", "function_call", "functions", "grammar", "json_schema", "logprobs",
    "max_completion_tokens", "max_tokens", "min_tokens", "modalities", "n", "n_predict",
    "num_predict", "parallel_tool_calls", "response_format", "stop", "tool_choice", "tools",
    "top_logprobs",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A question to one service; `session` is an opaque id for services that use one. With `aside`
    it asks for a summary or a title, so options for answers do not apply."""

    model: str
    messages: tuple[Message, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    session: str = ""
    stream: bool = True
    effort: str = ""  # one of `endpoint.EFFORTS`; "" uses the setting
    tools: tuple[ToolSpec, ...] = ()
    schema: AnswerSchema | None = None  # the schema the answer must match
    aside: bool = False
    unforced: bool = False  # a later round of calls: one that was forced in each would never end


class InBranch(Protocol):
    """A message of a branch; `keeps` of a summary is how many messages before it are still sent."""

    @property
    def role(self) -> str: ...

    @property
    def keeps(self) -> int: ...


Entry = TypeVar("Entry", bound=InBranch)


def sent_part(branch: Sequence[Entry]) -> Sequence[Entry]:
    """The part of a branch that is sent: all of it, or the last summary with the messages that it
    keeps and those after it (docs/decisions/0135-a-summary-is-one-row.md)."""
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
    """One prompt for a service without history; a single message is unchanged."""
    if not messages:
        raise EmptyPrompt(msg("no prompt given"), hint=msg('llmchat ask "your question"'))
    if len(messages) == 1:
        return messages[0].text
    said = (f"{m.role.capitalize()}: {m.text}" for m in messages if m.text.strip())
    return "\n".join(said) + "\nAssistant:"


def fold_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages for a service without system messages: their text is put before the first
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
    """The messages with a single system message, at the beginning."""
    system = "\n\n".join(m.text for m in messages if m.role == "system" and m.text.strip())
    others = tuple(m for m in messages if m.role != "system")
    return (Message("system", system), *others) if system else others


def from_dicts(messages: Iterable[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Messages from the Python interface: `{"role": ..., "content": str | parts}`."""
    return tuple(Message(str(m["role"]), content_text(m.get("content"))) for m in messages)


def content_text(content: object) -> str:
    """The text of a content field; parts of other types are left out."""
    if content is None:
        return ""
    if isinstance(content, list):
        texts = (p.get("text") for p in content if p.get("type", "text") == "text")
        return "".join(t for t in texts if isinstance(t, str))
    return str(content)
