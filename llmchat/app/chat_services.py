"""The use cases of other commands, as the session needs them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from llmchat.app import models as known
from llmchat.app.admission import Admission
from llmchat.app.ask import note_health
from llmchat.app.choice import AUTO, answerer, chosen
from llmchat.app.follow_up import FollowUp, going_on
from llmchat.app.pages import fetch
from llmchat.app.run import Run
from llmchat.events import Event
from llmchat.failover import Answerer
from llmchat.inputs.text import Page
from llmchat.messages import Request
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.outside import Choice, Consent, Filled
    from llmchat.store.rows import ConversationRow
    from llmchat.turn import Turn


class ChatServices:
    """`run` is the run that began the session; each choice of a provider has one of its own."""

    def __init__(self, run: Run, *, allow_secrets: bool) -> None:
        self._run = run
        self._consent: Consent = _refuses
        self._opened: list[Later] = []
        self._admit = Admission(run, allow_secrets=allow_secrets, consent=self._asks)

    def ask_with(self, consent: Consent) -> None:
        self._consent = consent

    def choose(self, provider: str, model: str) -> Choice:
        from llmchat.repl.outside import Choice

        run = self._asking(provider, model)
        target = run.settings.target()
        later = Later(chosen(run)[0], lambda: answerer(run, admit=self._admit))
        self._opened.append(later)
        return Choice(later, target.model)

    def follow(self, row: ConversationRow) -> tuple[str, str] | None:
        run = self._run
        other = going_on(run, FollowUp(row, run.history.branch(row)))
        target = other.settings.target()
        return None if other is run else (target.provider, target.model)

    def split(self, text: str) -> tuple[str, str]:
        return self._run.settings.chooser.named(text)

    def providers(self) -> Sequence[str]:
        return known.names_in(self._run, "")

    def models(self, provider: str) -> Sequence[str]:
        names = self.providers()
        wanted = [provider] if provider in names else []
        rows = (row for name in wanted for row in known.listed(self._run, name))
        return [row.model for row in rows if row.model]

    def window(self, provider: str) -> int:
        settings = self._run.settings
        return int(settings.of(provider, "context").value) if provider != AUTO else 0

    def templates(self) -> Sequence[tuple[str, str]]:
        from llmchat.templates import find_template, template_names  # its patterns cost 1 ms

        folder = self._run.paths.templates
        return [(n, find_template(n, folder).description) for n in template_names(folder)]

    def fill(self, name: str, words: Sequence[str]) -> Filled:
        from llmchat.repl.outside import Filled
        from llmchat.templates import find_template  # as above

        template = find_template(name, self._run.paths.templates)
        values, rest = template.split(words)
        flags: dict[str, Any] = template.flags(values, {})
        options = {k: literal(v) if isinstance(v, str) else v for k, v in flags["options"].items()}
        provider, model = self.split(str(flags.get("model") or ""))
        return Filled(
            template.prompt(values, given=" ".join(rest))
            if rest or not template.takes_input
            else "",
            str(flags.get("system") or ""),
            str(flags.get("provider") or provider),
            model,
            options,
        )

    def note(self, turn: Turn) -> None:
        note_health(self._run, turn)

    async def doctor(self) -> str:
        from llmchat.app.doctor.check import as_lines  # the network's tools: 20 ms
        from llmchat.app.doctor.examination import examine

        return as_lines(await examine(self._run), color=False, utf8=True)

    async def fetch(self, url: str, limit: int) -> Page:
        return await fetch(self._run, url, limit)

    async def aclose(self) -> None:
        for later in self._opened:
            await later.aclose()

    async def _asks(self, question: str) -> bool:
        return await self._consent(question)

    def _asking(self, provider: str, model: str) -> Run:
        """The same run, told who is asked; only what differs is worked out anew."""
        run = self._run
        target = run.settings.target()
        if (provider, model) == (target.provider, target.model):
            return run
        return run.told(provider=provider, model=model or None)


class Later:
    """An answerer that is opened with its first question: a start costs no network and no key."""

    def __init__(self, name: str, make: Callable[[], Answerer]) -> None:
        self.id = name
        self._make = make
        self._answerer: Answerer | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        self._answerer = self._answerer or self._make()
        async with aclosing(self._answerer.stream(request)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        opened, self._answerer = self._answerer, None
        if opened:
            await opened.aclose()


async def _refuses(question: str) -> bool:
    return False
