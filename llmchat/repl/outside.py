"""What the session is lent by the program around it: who answers, what is kept, where files are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from llmchat.events import Event
from llmchat.failover import Answerer
from llmchat.inputs.prompt import Fetch
from llmchat.messages import Attachment
from llmchat.render.report import Report
from llmchat.store.history.history import History
from llmchat.store.history.rows import ConversationRow
from llmchat.turn import Turn

Consent = Callable[[str], Awaitable[bool]]


class Renderer(Protocol):
    """Shows one answer."""

    async def show(self, events: AsyncIterator[Event]) -> None: ...


@dataclass(frozen=True, slots=True)
class ChosenAnswerer:
    """Who is asked from now on."""

    answerer: Answerer
    model: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its blanks filled."""

    text: str
    system: str
    provider: str
    model: str
    options: Mapping[str, object]


class Services(Protocol):
    """The use cases of other commands, as the session needs them."""

    def choose(self, provider: str, model: str) -> ChosenAnswerer:
        """Opens nothing before the first question; an unknown name is an error now."""

    def follow(self, row: ConversationRow) -> tuple[str, str] | None:
        """Who answered a kept conversation last, unless the command line names somebody."""

    def split(self, text: str) -> tuple[str, str]:
        """`PROVIDER/MODEL`, a model or an alias, as provider (or "") and model."""

    def providers(self) -> Sequence[str]: ...

    def models(self, provider: str) -> Sequence[str]: ...

    def window(self, provider: str) -> int:
        """Tokens that the model holds as far as the settings say, 0 for unknown."""

    async def count(self, texts: Sequence[str], provider: str, model: str) -> int | None:
        """Tokens as the service counts them; None where it does not, or nobody is signed in."""

    def templates(self) -> Sequence[tuple[str, str]]:
        """Each name with its description."""

    def fill(self, name: str, words: Sequence[str]) -> Filled: ...

    def note(self, turn: Turn) -> None:
        """How the service did, for the order of `auto`."""

    async def doctor(self) -> str: ...

    def ask_with(self, consent: Consent) -> None:
        """Who asks the person before a secret goes to a third party."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHost:
    services: Services
    report: Report
    renderer: Callable[[], Renderer]
    history: History | None  # None keeps nothing
    fetch: Fetch
    environ: Mapping[str, str]
    cwd: Path
    home: Path | None
    drafts: Path | None
    input_history: Path | None
    provider: str
    model: str
    system: str = ""
    asked_system: str = ""  # on the command line; a kept conversation has its own else
    stream: bool = True
    vi: bool = False
    usage: bool = False
    max_input: int
    large_input: int
    ticks: Callable[[], float]
    now: Callable[[], float]


@dataclass(frozen=True, slots=True)
class SessionStart:
    """How a session starts: with which conversation, and what is said first."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    ref: str = ""  # "" is a new conversation
    pick: bool = False
