"""What happens before a text goes to a keyless service: an introduction, and a look for secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from llmchat.app.context import Context
from llmchat.app.terminal.consent import consents
from llmchat.errors import SecretRefused
from llmchat.failover import Candidate
from llmchat.messages import Request
from llmchat.privacy import Introductions, introduction, secrets_in
from llmchat.providers import load


class ThirdPartyPolicy:
    """Asks once for one text; what was allowed for one service is allowed for the next."""

    def __init__(
        self,
        context: Context,
        *,
        allow_secrets: bool,
        consent: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._context = context
        self._consent = consent or partial(consents, context)
        self._allowed = allow_secrets
        self._introductions = Introductions(context.paths.notices)

    async def __call__(self, candidate: Candidate, request: Request) -> None:
        if candidate.access != "keyless":
            return
        await self._check_secrets(candidate.name, request)
        if self._introductions.is_new(candidate.name):
            self._introduce(candidate.name)

    def _introduce(self, name: str) -> None:
        """Who asked for silence hears it the next time."""
        if self._context.report.notice(introduction(name, load(name).operator)):
            self._introductions.remember(name)

    async def _check_secrets(self, name: str, request: Request) -> None:
        if self._allowed:
            return
        found = secrets_in("\n".join(m.text for m in request.messages))
        if not found:
            return
        what = " and ".join(found)
        if not await self._consent(f"The text contains {what}. Send it to {name} anyway?"):
            raise SecretRefused(
                f"not sent: the text contains {what}, and {name} is a third-party service",
                hint="remove it, use your own provider with -p, or pass --allow-secrets",
            )
        self._allowed = True
