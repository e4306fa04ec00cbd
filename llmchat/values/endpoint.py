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
EFFORTS = ("none", "low", "medium", "high", "max")  # how much a model reasons
Pictures = Literal["asked", "auto", "off"]  # when a service may draw pictures


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Time limits in seconds; None waits forever."""

    connect: float = 10
    first_token: float = 60
    stall: float = 30  # without any data, once the reply has begun
    content: float = 120  # with data but no text (pings, comments)
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies: `explicit` takes precedence over those of the environment. `general` is the one
    for all providers, which does not apply to a local server."""

    explicit: str = ""
    general: str = ""
    http: str = ""
    https: str = ""
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loading:
    """How to load a model on this machine; 0 and None leave it to the model and to llama.cpp."""

    keep_alive: float = 300  # seconds that it stays loaded after an answer
    context: int = 0
    threads: int = 0
    gpu_layers: int | None = None


DIRECT = Proxies()


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The files of a client certificate, and the password of its key."""

    certificate: str
    key: str = ""  # "" if it is in the same file
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The settings of one provider; "" means the provider's default."""

    base_url: str = ""
    auth_url: str = ""
    api_key: Secret | None = None
    scope: str = ""
    region: str = ""  # the region that knows the key, if the service has several
    model: str = ""
    effort: str = ""
    ca_bundle: str = ""
    proxies: Proxies = DIRECT
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    deadlines: Deadlines = Deadlines()
    allow_http: bool = False  # allow http:// to other machines
    retries: int = 2
    wait: bool = True  # wait for another llmchat that uses the same one-stream key
    access_token: Secret | None = None  # sent unchanged, and never renewed
    user: str = ""
    password: Secret | None = None
    client: ClientCertificate | None = None
    files_keep: bool = True  # uploaded files stay in the account after the answer
    pictures: Pictures = "asked"
    loading: Loading = Loading()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Secrets that are sent to a service or a proxy, and must be masked if it repeats them."""
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
    """Whether a host is this machine."""
    return bool(LOOPBACK.fullmatch(host))


def reached_directly(endpoint: Endpoint, address: str) -> Endpoint:
    """The endpoint of a local server, without proxies except one set for this provider."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return endpoint
    if not is_loopback(host):
        return endpoint
    return replace(endpoint, proxies=Proxies(explicit=endpoint.proxies.explicit))


def passwords_in(address: str) -> Iterable[Secret]:
    """The passwords in a URL, also as `user:password`, which is sent as base64."""
    account = userinfo_of(address)
    password = unquote(account.partition(":")[2])
    return (Secret(unquote(account)), Secret(password)) if password else ()
