"""GigaChat: `auth` signs in, `calls` makes API calls, `files` and `storage` transfer files,
`functions` lets it draw and call tools, `tags` and `frames` read replies, `errors` explains
refusals, `hosts` has the addresses, and `service` is the provider."""

from llmchat.providers.gigachat.service import GigaChat

__all__ = ["GigaChat"]
