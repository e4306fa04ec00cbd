"""What is left of an account: `llmchat models gigachat --balance`."""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.app.run import Run
from llmchat.errors import UsageError


@dataclass(frozen=True, slots=True)
class Left:
    """Tokens that are left of one model's package."""

    provider: str
    model: str
    tokens: float


async def balance(run: Run, name: str) -> list[Left]:
    """Asks the service; only GigaChat tells."""
    from llmchat.providers.gigachat import GigaChat

    async with run.provider(name or GigaChat.name) as provider:
        if not isinstance(provider, GigaChat):
            raise UsageError(
                f"{name} does not tell a balance", hint="llmchat models gigachat --balance"
            )
        return [Left(provider.id, row.model, row.tokens) for row in await provider.balance()]
