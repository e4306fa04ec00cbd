"""GigaChat's addresses: the current one, and the older one that is being retired."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from llmchat.language import msg

BASE_URL = "https://api.giga.chat/v1"
CABINET = "https://developers.sber.ru/studio"  # where a person sees keys and bills
NEW_HOST = "api.giga.chat"
OLD_HOST = "gigachat.devices.sberbank.ru"
MOVE = msg("llmchat config set providers.gigachat.base_url {base_url}", base_url=BASE_URL)


def is_retired(base_url: str) -> bool:
    """Whether it is the older address, which serves connections made before 17 July 2026 until it
    is switched off."""
    return urlsplit(base_url).hostname == OLD_HOST


def takes_passwords(base_url: str) -> bool:
    """Whether the address accepts a user name and password at `POST /token`, which only the older
    one does."""
    return urlsplit(base_url).hostname != NEW_HOST


def where_models_are(base_url: str, model: str, names: Sequence[str]) -> str:
    """A hint for a model that exists, but not at this address, whose models are `names`."""
    if base_url == BASE_URL:
        return msg(
            "base_url is {base}, whose list for this account has: {names}",
            base=base_url,
            names=", ".join(names) or msg("no models"),
        )
    return msg(
        "base_url is {base}; {model} may be available only at {base_url}: {move}",
        base=base_url,
        model=model,
        base_url=BASE_URL,
        move=MOVE,
    )
