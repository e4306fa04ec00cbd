"""GigaChat's addresses: the public one, and the older one that is being retired."""

from __future__ import annotations

from urllib.parse import urlsplit

from llmchat.language import msg

BASE_URL = "https://api.giga.chat/v1"
NEW_HOST = "api.giga.chat"
OLD_HOST = "gigachat.devices.sberbank.ru"
MOVE = msg("llmchat config set providers.gigachat.base_url {base_url}", base_url=BASE_URL)


def is_retired(base_url: str) -> bool:
    """The older address serves connections made before 17 July 2026, until it is switched off."""
    return urlsplit(base_url).hostname == OLD_HOST


def takes_passwords(base_url: str) -> bool:
    """`POST /token` for a name and a password was not taken along to the new address."""
    return urlsplit(base_url).hostname != NEW_HOST
