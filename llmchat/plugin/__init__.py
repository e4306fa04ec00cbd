"""What plugins import: the base of a provider, requests and events, and commands as values.

    from llmchat.plugin import Delta, Events, Finish, Provider, Request

A plugin is a distribution with entry points: `llmchat.providers` (a class derived from `Provider`),
`llmchat.tools` (a function), `llmchat.commands` (a `PluginCommand`), `llmchat.templates` (a package
with Markdown files). Everything named here stays compatible as long as `API` does not change;
docs/plugins.md describes it, and `llmchat.plugin.testing` tests a provider.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from llmchat.errors import (
    AuthError,
    BadRequest,
    IncompleteAnswer,
    LlmchatError,
    NotAnAnswer,
    RateLimited,
    ServiceError,
    Unavailable,
    UsageError,
)
from llmchat.language import msg
from llmchat.providers.base import Access, Model, Provider, Reader, read
from llmchat.providers.stages import CONTINUE, Events
from llmchat.values.calls import ToolCall, ToolSpec
from llmchat.values.endpoint import Endpoint
from llmchat.values.events import Delta, Event, Finish, Image, Notice, Reasoning, Usage
from llmchat.values.messages import Message, Request

API = 1

__all__ = [
    "API",
    "CONTINUE",
    "Access",
    "AuthError",
    "BadRequest",
    "CommandLine",
    "Delta",
    "Endpoint",
    "Event",
    "Events",
    "Finish",
    "Image",
    "IncompleteAnswer",
    "LlmchatError",
    "Message",
    "Model",
    "NotAnAnswer",
    "Notice",
    "PluginCommand",
    "PluginSession",
    "Provider",
    "RateLimited",
    "Reader",
    "Reasoning",
    "Request",
    "Sample",
    "ServiceError",
    "ToolCall",
    "ToolSpec",
    "Unavailable",
    "Usage",
    "UsageError",
    "read",
    "requires_api",
]


class PluginSession(Protocol):
    """What a command can use of the session it runs in."""

    @property
    def provider(self) -> str:
        """The provider that is asked; may be auto."""
        ...

    @property
    def question(self) -> str:
        """The last question; "" before the first."""
        ...

    @property
    def answer(self) -> str:
        """The last answer; "" before the first."""
        ...

    def say(self, text: str) -> None:
        """Prints text for the person; control sequences in it are removed."""
        ...


class CommandLine(Protocol):
    """What a command can use of the command line it was called from."""

    @property
    def words(self) -> Sequence[str]:
        """The arguments after its name."""
        ...

    def read(self) -> str:
        """All piped input."""
        ...

    def say(self, text: str) -> None:
        """Prints the result on stdout; on a terminal control sequences are removed."""
        ...

    def tell(self, text: str) -> None:
        """Prints a notice on stderr."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """A correct reply of a service, and the answer's text in it; tests split and cut it."""

    body: bytes
    text: str
    content_type: str = "application/json"
    marked: bool = True  # the body has a finish mark


InSession = Callable[[PluginSession, str], Awaitable[str | None]]
OnCommandLine = Callable[[CommandLine], int | None]


@dataclass(frozen=True, slots=True)
class PluginCommand:
    """A command of the session, of the command line, or of both; its entry point names it.

    In the session it gets the rest of the line, and the text it returns is asked as a question. On
    the command line it returns the exit code.
    """

    about: str
    in_session: InSession | None = None
    on_command_line: OnCommandLine | None = None


def requires_api(version: int) -> None:
    """Called at the top of a plugin, so that an older llmchat reports that it is too old."""
    if version > API:
        raise ServiceError(
            msg(
                "it needs version {version} of llmchat.plugin; this llmchat has {api}",
                version=version,
                api=API,
            ),
            hint=msg("update llmchat"),
        )
