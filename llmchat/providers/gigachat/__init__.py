"""GigaChat: `auth` signs in, `calls` makes one call, `files` and `storage` send and fetch files,
`functions` lets it draw and call tools, `tags` and `frames` read, `errors` explains, `hosts` knows
the addresses, and `service` joins them into the provider."""

from llmchat.providers.gigachat.service import GigaChat

__all__ = ["GigaChat"]
