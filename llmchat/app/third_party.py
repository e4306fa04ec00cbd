"""What happens before a text goes to a keyless service: an introduction, and a look for secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TextIO

from llmchat.app.context import Context
from llmchat.app.streams import is_terminal
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
        self._consent = consent or self._asks
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
        if not await self._consent(f"The text holds {what}. Send it to {name} all the same?"):
            raise SecretRefused(
                f"the text holds {what}, and {name} is a third party: it was not sent",
                hint="take it out, ask a provider of your own with -p, or say --allow-secrets",
            )
        self._allowed = True

    async def _asks(self, question: str) -> bool:
        """Asked at a terminal only; anything but a clear yes means no."""
        world = self._context.world
        if not (is_terminal(world.stdin) and is_terminal(world.stderr)):
            return False
        with self._context.report.asking():
            world.stderr.write(f"{question} [y/N] ")
            world.stderr.flush()
            answer = await typed_line(world.stdin)
        return answer.strip().lower() in ("y", "yes", "д", "да")


async def typed_line(stream: TextIO) -> str:
    """A line from a terminal, which a signal may come before: a thread that reads could not be
    called back."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(stream, typed.set)
    except (NotImplementedError, ValueError, OSError):  # Windows; a stream that is no file
        return await asyncio.to_thread(stream.readline)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stream)
    return stream.readline()
