"""GigaChat: `key`, `tokens` and `sign_in` authenticate, `calls` makes one call, `files` and
`storage` send files and fetch them, `functions` lets it draw, `tags` and `frames` read, `errors`
explains, `hosts` knows the addresses, and `service` joins them into the provider."""

from llmchat.providers.gigachat.service import GigaChat

__all__ = ["GigaChat"]
