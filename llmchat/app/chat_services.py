"""The use cases of other commands, as the session needs them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from llmchat.app import models as known
from llmchat.app.ask import note_health
from llmchat.app.candidates import AUTO, candidate_names, open_answerer
from llmchat.app.context import Context
from llmchat.app.follow_up import FollowUp, with_last_provider
from llmchat.app.pages import fetch
from llmchat.app.pictures import saving
from llmchat.app.third_party import ThirdPartyPolicy
from llmchat.errors import LlmchatError
from llmchat.events import Event
from llmchat.failover import Answerer
from llmchat.inputs.text import WebPage
from llmchat.messages import Request
from llmchat.settings.values import literal

if TYPE_CHECKING:
    from llmchat.repl.outside import ChosenAnswerer, Consent, Filled
    from llmchat.store.history.rows import ConversationRow
    from llmchat.turn import Turn


class ChatServices:
    """`run` is the run that began the session; each choice of a provider has one of its own."""

    def __init__(self, context: Context, *, allow_secrets: bool) -> None:
        self._context = context
        self._consent: Consent = _refuses
        self._opened: list[LazyAnswerer] = []
        self._admit = ThirdPartyPolicy(context, allow_secrets=allow_secrets, consent=self._asks)

    def ask_with(self, consent: Consent) -> None:
        self._consent = consent

    def choose(self, provider: str, model: str) -> ChosenAnswerer:
        from llmchat.repl.outside import ChosenAnswerer

        context = self._asking(provider, model)
        target = context.settings.target()
        later = LazyAnswerer(
            candidate_names(context)[0],
            lambda: saving(context, open_answerer(context, admit=self._admit), tells=True),
        )
        self._opened.append(later)
        return ChosenAnswerer(later, target.model)

    def follow(self, row: ConversationRow) -> tuple[str, str] | None:
        context = self._context
        other = with_last_provider(context, FollowUp(row, context.history.branch(row)))
        target = other.settings.target()
        return None if other is context else (target.provider, target.model)

    def split(self, text: str) -> tuple[str, str]:
        return self._context.settings.chooser.named(text)

    def providers(self) -> Sequence[str]:
        return known.names_in(self._context, "")

    def models(self, provider: str) -> Sequence[str]:
        names = self.providers()
        wanted = [provider] if provider in names else []
        rows = (row for name in wanted for row in known.listed(self._context, name))
        return [row.model for row in rows if row.model]

    def window(self, provider: str) -> int:
        settings = self._context.settings
        return int(settings.of(provider, "context").value) if provider != AUTO else 0

    async def count(self, texts: Sequence[str], provider: str, model: str) -> int | None:
        from llmchat.app.tokens import can_count, count_tokens

        if provider == AUTO:
            provider = candidate_names(self._context)[0]
        if not can_count(self._context, provider):
            return None
        try:
            return (await count_tokens(self._context, provider, model, texts)).tokens
        except LlmchatError as error:
            self._context.report.notice(f"{provider} did not count: {error.message}")
            return None

    def templates(self) -> Sequence[tuple[str, str]]:
        from llmchat.templates import find_template, template_names  # its patterns cost 1 ms

        folder = self._context.paths.templates
        return [(n, find_template(n, folder).description) for n in template_names(folder)]

    def fill(self, name: str, words: Sequence[str]) -> Filled:
        from llmchat.repl.outside import Filled
        from llmchat.templates import find_template  # as above

        template = find_template(name, self._context.paths.templates)
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
        note_health(self._context, turn)

    async def doctor(self) -> str:
        from llmchat.app.doctor.check import as_lines  # the network's tools: 20 ms
        from llmchat.app.doctor.runner import run_checks

        return as_lines(await run_checks(self._context), color=False, utf8=True)

    async def fetch(self, url: str, limit: int) -> WebPage:
        return await fetch(self._context, url, limit)

    async def aclose(self) -> None:
        for later in self._opened:
            await later.aclose()

    async def _asks(self, question: str) -> bool:
        return await self._consent(question)

    def _asking(self, provider: str, model: str) -> Context:
        """The same run, told who is asked; only what differs is worked out anew."""
        context = self._context
        target = context.settings.target()
        if (provider, model) == (target.provider, target.model):
            return context
        return context.with_flags_added(provider=provider, model=model or None)


class LazyAnswerer:
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
