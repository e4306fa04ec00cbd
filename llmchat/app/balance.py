"""What is left of an account: `llmchat models gigachat --balance`."""

from __future__ import annotations

from dataclasses import dataclass

from llmchat.app.context import Context
from llmchat.errors import UsageError


@dataclass(frozen=True, slots=True)
class PackageLeft:
    """Tokens that are left of one model's package."""

    provider: str
    model: str
    tokens: float


async def balance(context: Context, name: str) -> list[PackageLeft]:
    """Asks the service; only GigaChat tells."""
    from llmchat.providers.gigachat import GigaChat

    async with context.provider(name or GigaChat.name) as provider:
        if not isinstance(provider, GigaChat):
            raise UsageError(
                f"{name} does not tell a balance", hint="llmchat models gigachat --balance"
            )
        return [PackageLeft(provider.id, row.model, row.tokens) for row in await provider.balance()]
