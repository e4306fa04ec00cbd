"""Endpoint: the address, key, proxies, deadlines and options that a provider gets, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from llmchat.values.secret import Secret, tells_secret
from llmchat.values.urls import userinfo_of

LOOPBACK = re.compile(r"127(\.[0-9]+){3}|::1|(.*\.)?localhost")
EFFORTS = ("none", "low", "medium", "high", "max")  # how much a model thinks
Pictures = Literal["asked", "auto", "off"]  # when a service may draw beside its words


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
    """Which proxy an address goes through: `explicit` wins over the environment's. `general` is the
    one for all providers, which does not hold for a local server."""

    explicit: str = ""
    general: str = ""
    http: str = ""
    https: str = ""
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model of this machine is loaded; 0 and None leave it to the model and to llama.cpp."""

    keep_alive: float = 300  # seconds for which it stays loaded after an answer
    context: int = 0
    threads: int = 0
    gpu_layers: int | None = None


DIRECT = Proxies()


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What this machine shows a service that asks who is there: files, and the key's password."""

    certificate: str
    key: str = ""  # empty: it stands in the same file
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The settings of one provider; an empty text means the provider's own default."""

    base_url: str = ""
    auth_url: str = ""
    api_key: Secret | None = None
    scope: str = ""
    region: str = ""  # the one that knows the key, of a service that has several
    model: str = ""
    effort: str = ""
    ca_bundle: str = ""
    proxies: Proxies = DIRECT
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    deadlines: Deadlines = Deadlines()
    allow_http: bool = False  # http:// to another machine than this one
    retries: int = 2
    wait: bool = True  # for another llmchat that uses the same one-stream key
    access_token: Secret | None = None  # sent as it is, and never renewed
    user: str = ""
    password: Secret | None = None
    client: ClientCertificate | None = None
    files_keep: bool = True  # what was uploaded stays in the account after the answer
    pictures: Pictures = "asked"
    loading: Loading = Loading()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Secrets that a service or a proxy gets, and that must be masked if it repeats them."""
        proxies = self.proxies
        ways = (proxies.explicit, proxies.general, proxies.http, proxies.https)
        client = self.client.password if self.client else None
        found = [s for s in (self.api_key, self.access_token, self.password, client) if s]
        for name, value in self.headers.items():
            if tells_secret(name):
                found.append(Secret(value.rpartition(" ")[2]))
        for address in (self.base_url, self.auth_url, *ways):
            if "@" in address:
                found += passwords_in(address)
        return tuple(found)


def is_loopback(host: str) -> bool:
    """Whether what is sent to this host stays on this machine."""
    return bool(LOOPBACK.fullmatch(host))


def reached_directly(endpoint: Endpoint, address: str) -> Endpoint:
    """For a local server: what does not leave this machine goes through no proxy but its own."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return endpoint
    if not is_loopback(host):
        return endpoint
    return replace(endpoint, proxies=Proxies(explicit=endpoint.proxies.explicit))


def passwords_in(address: str) -> Iterable[Secret]:
    """`user:password` is sent as base64, which is why both together count."""
    account = userinfo_of(address)
    password = unquote(account.partition(":")[2])
    return (Secret(unquote(account)), Secret(password)) if password else ()
