"""GigaChat: `key` and `tokens` sign in, `files` uploads, `refusals` explains, `frames` reads, and
`service` joins them into the provider."""

from llmchat.providers.gigachat.service import GigaChat

__all__ = ["GigaChat"]
