"""Before a text goes to a keyless service: introduces the service, and checks the text for
secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from llmchat.app.ask.candidates import is_found
from llmchat.app.run.context import Context
from llmchat.app.terminal.consent import can_ask, consents
from llmchat.errors import NotSent, SecretRefused
from llmchat.failover import Candidate
from llmchat.language import msg
from llmchat.privacy.introductions import Introductions, introduction
from llmchat.privacy.secrets import secrets_in
from llmchat.providers import load
from llmchat.providers.presets import PRESETS
from llmchat.values.messages import Message, Request

OTHERS = msg(
    "llmchat auth gigachat signs in, llmchat models lists other providers, -p demo is offline"
)


class ThirdPartyPolicy:
    """Asks the person once per text; what was allowed for one service is allowed for the next."""

    def __init__(
        self,
        context: Context,
        *,
        allow_secrets: bool,
        consent: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._context = context
        self._consent = consent or partial(consents, context)
        self._is_answered = consent is not None or can_ask(context)
        self._allowed = allow_secrets
        self._introductions = Introductions(context.paths.notices, context.report.warning)

    async def __call__(self, candidate: Candidate, request: Request) -> None:
        if candidate.access == "local":
            self._tell_of_found(candidate.name)
        if candidate.access != "keyless":
            return
        if await self._check_secrets(candidate.name, request):
            self._introductions.remember(candidate.name)
        elif self._introductions.is_new(candidate.name):
            await self._introduce(candidate.name)

    def _tell_of_found(self, name: str) -> None:
        """Warns about a server that was not named: it listens on its usual port, and anyone may
        have started it."""
        key = msg("found {name}", name=name)
        if not (is_found(self._context, name) and self._introductions.is_new(key)):
            return
        line = msg(
            "asking {name}, {place}; find_local = false turns this off",
            name=name,
            place=_place(self._context, name),
        )
        self._tell(key, line)

    def _tell(self, key: str, line: str) -> None:
        """Prints a line once; one that --quiet suppressed is printed in a later run."""
        if self._context.report.notice(line):
            self._introductions.remember(key)

    async def _introduce(self, name: str) -> None:
        """Asks a person at a terminal before the first request is sent; a script gets a notice."""
        line = introduction(name, load(name).operator)
        if not self._is_answered:
            self._tell(name, line)
            return
        if not await self._consent(msg("{line} Send your question there?", line=line)):
            raise NotSent(msg("not sent to {name}", name=name), hint=OTHERS)
        self._introductions.remember(name)

    async def _check_secrets(self, name: str, request: Request) -> bool:
        """Whether the text contains a secret and the person agreed to send it."""
        if self._allowed:
            return False
        found = found_secrets(request)
        if not found:
            return False
        if self._is_answered and self._introductions.is_new(name):
            self._context.report.notice(introduction(name, load(name).operator))
        what = found[0]
        for other in found[1:]:
            what = msg("{what} and {other}", what=what, other=other)
        if not await self._consent(
            msg("The text contains {what}. Send it to {name} anyway?", what=what, name=name)
        ):
            hint = msg("remove it, use your own provider with -p, or pass --allow-secrets")
            raise secret_refused(what, name, hint=hint)
        self._allowed = True
        return True


def secret_refused(what: str, name: str, *, hint: str = "") -> SecretRefused:
    problem = msg(
        "not sent: the text contains {what}, and {name} is a third-party service",
        what=what,
        name=name,
    )
    return SecretRefused(problem, hint=hint)


def found_secrets(request: Request) -> tuple[str, ...]:
    """The kinds of secrets found in everything that would be sent."""
    schema = str(request.schema.body) if request.schema else ""
    said = (text for m in request.messages for text in _texts(m))
    return secrets_in("\n".join([*said, schema]))


def _place(context: Context, name: str) -> str:
    """Where a local model that nobody named was found."""
    if name in PRESETS:
        return msg("which answers at {base_url}", base_url=PRESETS[name].base_url)
    from llmchat.app.local import chosen_file  # only the first time

    return msg("a model on this computer ({path})", path=chosen_file(context).path)


def _texts(message: Message) -> tuple[str, ...]:
    """All texts of a message that would be sent; earlier tool calls are sent as text."""
    return (message.text, *(call.arguments for call in message.calls))
