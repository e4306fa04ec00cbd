"""Checks the connection to one address, step by step: proxy or DNS, TCP, TLS, HTTP.

Why: docs/decisions/0058-doctor-describes-a-refused-certificate.md.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from llmchat.app.doctor.check import ANOTHER_WAY, Check, failed, ok, warning
from llmchat.errors import DnsError, LlmchatError, NetworkError, Timeout, TlsError
from llmchat.language import msg
from llmchat.providers.base import Provider
from llmchat.transport import tls
from llmchat.transport.errors.certificate import Certificate, shown_by
from llmchat.transport.errors.network import OTHER_NAME, said_by_system
from llmchat.transport.errors.status import is_cloudflare
from llmchat.transport.proxy import proxy_for
from llmchat.values.urls import without_userinfo

PATIENCE = 6.0  # seconds per step; the person waits for all of them
SOON = 14  # days before a certificate expires, from when a warning is shown
CLOCK = msg("check this computer's date and time")


@dataclass(slots=True)
class Probe:
    """The check of one address of a provider; what is learned on the way is kept for other
    checks."""

    name: str
    provider: Provider
    url: str
    part: str = ""  # API or sign-in, for a service with several hosts
    date: str = ""  # the Date header of its reply
    status: int = 0  # the HTTP status of its reply

    @property
    def about(self) -> str:
        return f"{self.name} {self.part}".strip()

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


async def run_probe(way: Probe, now: datetime) -> list[Check]:
    """The results of the steps, until one fails."""
    checks: list[Check] = []
    try:
        async for check in _steps(way, now):
            checks.append(check)
    except LlmchatError as error:
        checks.append(failed(way.about, error))
    except TimeoutError:
        late = Timeout(
            msg("{place} did not answer within {patience:g} s", place=way.place, patience=PATIENCE),
            hint=msg("try again later"),
        )
        checks.append(failed(way.about, late))
    return checks


async def _steps(way: Probe, now: datetime) -> AsyncIterator[Check]:
    proxy = proxy_for(way.url, way.provider.endpoint.proxies)
    if proxy:
        said = msg(
            "{place} is reached through the proxy {without_userinfo}",
            place=way.place,
            without_userinfo=without_userinfo(proxy),
        )
        yield ok(way.about, said)
    else:
        yield await _found(way)
        yield await _connected(way)
        if way.url.startswith("https:"):
            yield await _trusted(way, now)
    yield await _answered(way)


async def _found(way: Probe) -> Check:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE):
            found = await loop.getaddrinfo(way.host, way.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:  # not a valid host name
        why = getattr(error, "strerror", None) or msg("not a valid name")
        raise DnsError(
            msg("cannot resolve {host} ({why})", host=way.host, why=why),
            hint=msg("check the network, VPN and host name; set HTTPS_PROXY if you use a proxy"),
        ) from error
    return ok(way.about, msg("DNS: {host} is {found}", host=way.host, found=found[0][4][0]))


async def _connected(way: Probe) -> Check:
    try:
        await _open(way, context=None)
    except TimeoutError:  # an OSError too, but without a useful text
        raise
    except OSError as error:
        why = said_by_system(error)
        raise NetworkError(
            msg("cannot connect to {place}: {strerror}", place=way.place, strerror=why),
            hint=ANOTHER_WAY,
        ) from error
    return ok(way.about, msg("TCP: connected to {place}", place=way.place))


async def _trusted(way: Probe, now: datetime) -> Check:
    endpoint = way.provider.endpoint
    context = tls.trusting_context(
        way.provider.trust(way.host),
        bundle=endpoint.ca_bundle,
        client=way.provider.identify(way.url),
    )
    try:
        shown = await _open(way, context=context)
    except ssl.SSLCertVerificationError as error:
        raise await _distrusted(way, error, now) from error
    except TimeoutError:
        raise
    except (ssl.SSLError, OSError) as error:
        why = getattr(error, "reason", None) or error
        raise TlsError(
            msg("no TLS connection to {place}: {why}", place=way.place, why=why),
            hint=msg("a proxy or filter may interfere"),
        ) from error
    return _expiry(way, shown, now)


def _expiry(way: Probe, shown: dict[str, Any], now: datetime) -> Check:
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    who = msg(
        "TLS: {host}, issued by {common_name}, until {ends:%Y-%m-%d}",
        host=way.host,
        common_name=_common_name(shown["issuer"]),
        ends=ends,
    )
    days = (ends - now).days
    if days < SOON:
        remedy = msg("it expires in {days} days; the service should renew it", days=days)
        return warning(way.about, who, remedy)
    return ok(way.about, who)


async def _distrusted(way: Probe, error: ssl.SSLCertVerificationError, now: datetime) -> TlsError:
    """The TLS error with details of the refused certificate."""
    shown = await shown_by(way.host, way.port)
    return TlsError(
        msg(
            "the certificate of {place} is not trusted: {verify_message}{value}",
            place=way.place,
            verify_message=error.verify_message,
            value=msg(" ({shown})", shown=shown) if shown else "",
        ),
        hint=_remedy(error.verify_message, shown, f"{now:%Y-%m-%d}", way.provider.id),
    )


def _remedy(why: str, shown: Certificate | None, today: str, provider: str) -> str:
    if shown and not shown.begins <= today <= shown.ends:
        return msg("{clock}; it says {today}", clock=CLOCK, today=today)
    if "mismatch" in why:  # another root certificate would not help
        return OTHER_NAME
    return msg(
        "another machine or a company gateway is answering: get its root certificate and "
        "llmchat config set providers.{provider}.ca_bundle FILE.pem",
        provider=provider,
    )


async def _answered(way: Probe) -> Check:
    async with asyncio.timeout(PATIENCE), way.provider.wire.send("GET", way.url) as reply:
        way.date, way.status = reply.headers.get("date", ""), reply.status
        start = await reply.start()
    facts = {"host": way.host, "status": reply.status}
    if is_cloudflare(reply.headers, start):
        said = msg("HTTP: Cloudflare blocks {host} ({status})", **facts)
        return warning(way.about, said, msg("try another network or --proxy"))
    if reply.status >= 500:
        said = msg("HTTP: {host} has a server error ({status})", **facts)
        return warning(way.about, said, msg("try again later"))
    return ok(way.about, msg("HTTP: {host} answers ({status})", **facts))


async def _open(way: Probe, *, context: ssl.SSLContext | None) -> dict[str, Any]:
    """Opens a connection and closes it; returns the certificate if it is trusted."""
    async with asyncio.timeout(PATIENCE):
        name = way.host if context else None
        _, writer = await asyncio.open_connection(
            way.host, way.port, ssl=context, server_hostname=name
        )
    shown: dict[str, Any] = writer.get_extra_info("peercert") or {}
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
    return shown


def _common_name(name: Any) -> str:
    parts = {key: value for group in name for key, value in group}
    return str(parts.get("commonName") or parts.get("organizationName") or "?")
