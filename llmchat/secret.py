"""Keys and tokens as values that do not show themselves."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST_MASKED = 6  # a shorter "secret" would blacken ordinary words


class Secret:
    """A text that prints as `***` everywhere; `reveal()` is the one door."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A key's short-lived substitute; `clock_offset` is the service's clock minus ours, in
    seconds, as it was when the token was bought."""

    secret: Secret
    expires_at: float  # seconds since 1970 by the service's clock
    clock_offset: float = 0.0

    def seconds_left(self, now: float) -> float:
        """By our clock's `now`, which may be wrong by `clock_offset`."""
        return self.expires_at - (now + self.clock_offset)


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """`text` without the secrets, also in their base64 and URL-encoded forms."""
    for form in sorted({f for s in secrets for f in _forms(s.reveal())}, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> Iterable[str]:
    if len(secret) < SHORTEST_MASKED:
        return
    encoded = base64.b64encode(secret.encode()).decode()
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (encoded, encoded.rstrip("="))
    yield from (f for f in _pieces(secret) if len(f) >= SHORTEST_MASKED)


def _pieces(secret: str) -> Iterable[str]:
    """The halves of a GigaChat key, which is base64 of `id:secret`."""
    try:
        plain = base64.b64decode(secret, validate=True).decode("ascii")
    except ValueError:
        return
    if plain.isprintable() and ":" in plain:
        yield plain
        yield plain.partition(":")[2]
