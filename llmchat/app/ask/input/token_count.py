"""Counts tokens with a service that does so for free, otherwise estimates them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmchat.app.ask.candidates import is_signed_in
from llmchat.inputs.tokens import estimate_tokens

if TYPE_CHECKING:
    from llmchat.app.run.context import Context

COUNTING = "gigachat"  # the only service that counts


@dataclass(frozen=True, slots=True)
class TokenCount:
    tokens: int
    exact: bool
    provider: str
    model: str = ""


async def count_tokens(
    context: Context, provider: str, model: str, texts: Sequence[str]
) -> TokenCount:
    """The tokens of all texts together; nothing is sent to a service that cannot count."""
    texts = [text for text in texts if text]
    if provider != COUNTING:
        return TokenCount(sum(map(estimate_tokens, texts)), False, provider, model)
    from llmchat.providers.gigachat import GigaChat

    async with context.provider(provider) as opened:
        assert isinstance(opened, GigaChat)
        counts = await opened.count_tokens(texts, model=model) if texts else ()
        return TokenCount(sum(counts), True, provider, opened.resolve(model))


def can_count(context: Context, provider: str) -> bool:
    """Whether the exact number is available: the service counts, and the person is signed in to
    it."""
    return provider == COUNTING and is_signed_in(context, provider)
