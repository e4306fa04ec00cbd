"""How one service is reached: all that a provider is told about the outside, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from llmchat.secret import Secret

SIGNING = ("auth", "key", "token", "secret", "cookie", "password")  # in the names of headers


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds that are waited; None waits for ever."""

    connect: float = 10
    first_token: float = 60
    stall: float = 30  # without a byte, once the reply has begun
    content: float = 120  # with bytes that hold no text (pings, comments)
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxy an address goes through: `explicit` wins over the environment's."""

    explicit: str = ""
    http: str = ""
    https: str = ""
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The settings of one provider; an empty text means the provider's own default."""

    base_url: str = ""
    auth_url: str = ""
    api_key: Secret | None = None
    scope: str = ""
    model: str = ""
    ca_bundle: str = ""
    proxies: Proxies = Proxies()
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    deadlines: Deadlines = Deadlines()
    allow_http: bool = False  # http:// to another machine than this one
    retries: int = 2
    wait: bool = True  # for another llmchat that uses the same one-stream key

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What a service or a proxy is told and must not be seen repeating."""
        proxies = self.proxies
        addresses = (self.base_url, self.auth_url, proxies.explicit, proxies.http, proxies.https)
        signed = (v for name, v in self.headers.items() if any(t in name.lower() for t in SIGNING))
        return (
            *((self.api_key,) if self.api_key else ()),
            *(Secret(value.rpartition(" ")[2]) for value in signed),
            *(secret for address in addresses for secret in _passwords(address)),
        )


def _passwords(address: str) -> Iterable[Secret]:
    """`user:password` is sent as base64, which is why both together count."""
    account = address.rpartition("://")[2].rpartition("@")[0]
    password = unquote(account.partition(":")[2])
    return (Secret(unquote(account)), Secret(password)) if password else ()
