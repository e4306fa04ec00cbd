"""Fetches pages for `-f URL`: without any API key, following a few redirects.

A page must not redirect to something that only this machine can reach: the address that a person
typed is always fetched, any other only if it is public, which is checked on the IP address that is
connected to.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from llmchat.app.run.context import Context
from llmchat.errors import (
    DnsError,
    InvalidUrl,
    NetworkError,
    NotAnAnswer,
    ServiceError,
    Timeout,
    TooLong,
)
from llmchat.inputs.text import WebPage
from llmchat.inputs.tokens import shown_size
from llmchat.language import msg
from llmchat.transport import Reply, Wire
from llmchat.transport.addresses import Lookup, addresses_of, is_public, seems_public
from llmchat.transport.proxy import proxy_for
from llmchat.values.endpoint import DIRECT, Proxies
from llmchat.values.urls import host_of, masked_url

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
PATIENCE = 60.0  # seconds for one page; a person with a browser would have given up
CHECK_URL = msg("check the URL")
WANTED = {"Accept": "text/html, text/plain;q=0.9, */*;q=0.5"}


async def fetch(context: Context, url: str, limit: int, *, patience: float = PATIENCE) -> WebPage:
    """Fetches a page completely; raises TooLong for more than `limit` bytes."""
    endpoint = context.settings.endpoint("demo")
    endpoint = replace(endpoint, base_url=url, allow_http=True, headers={}, api_key=None)
    for secret in endpoint.secrets:  # also a password in the URL
        context.world.conceal(secret)
    guard = PageGuard(host_of(url), endpoint.proxies)
    shown = masked_url(url)
    wire = Wire(endpoint, http=context.world.http, connected=guard.connected)
    try:
        async with (
            context.report.waiting(msg("fetching {shown}", shown=shown)),
            asyncio.timeout(patience),
        ):
            return await _followed(wire, url, limit, guard)
    except TimeoutError:
        raise Timeout(
            msg("{shown} did not load within {patience:g} s", shown=shown, patience=patience),
            hint=msg("try again"),
        ) from None
    except (DnsError, InvalidUrl, NotAnAnswer) as error:
        error.hint = CHECK_URL  # the usual hint is about a provider
        raise
    finally:
        await wire.aclose()


class PageGuard:
    """Checks where a page may redirect to: among private addresses only to the host that the person
    typed."""

    def __init__(
        self, typed: str, proxies: Proxies = DIRECT, *, lookup: Lookup = addresses_of
    ) -> None:
        self._typed = typed
        self._proxies = proxies
        self._lookup = lookup
        self._url = ""  # the URL of a redirect, to be checked when connected
        self._typed_is_private = False

    def connected(self, address: str) -> None:
        public = is_public(address)
        if self._url:
            if not public:
                raise self._refusal()
        elif not public:
            self._typed_is_private = True

    def follow(self, url: str) -> None:
        """Checks a redirect before it is followed."""
        host = host_of(url)
        behind_proxy = bool(proxy_for(url, self._proxies))
        public = seems_public(host, lookup=self._lookup if behind_proxy else None)
        if host == self._typed and (self._typed_is_private or not public):
            self._url = ""
            return
        self._url = url
        if not public:
            raise self._refusal()

    def _refusal(self) -> NetworkError:
        shown = masked_url(self._url)
        return NetworkError(
            msg("the page redirects to this machine or a private network: {shown}", shown=shown),
            hint=msg("if you trust it: -f {shown}", shown=shown),
        )


async def _followed(wire: Wire, url: str, limit: int, guard: PageGuard) -> WebPage:
    for _ in range(MOST_REDIRECTS + 1):
        async with wire.send("GET", url, headers=WANTED) as reply:
            if reply.status in REDIRECTS and "location" in reply.headers:
                url = _next(url, reply.headers["location"])
                await asyncio.to_thread(guard.follow, url)
                continue
            shown = masked_url(url)
            if reply.status != 200:
                problem = msg(
                    "{shown} answered with HTTP {status}", shown=shown, status=reply.status
                )
                raise ServiceError(problem, hint=CHECK_URL)
            content = await _content(reply, shown, limit)
            return WebPage(shown, reply.headers.get("content-type", ""), content)
    problem = msg("too many redirects from {url}", url=masked_url(url))
    raise NetworkError(problem, hint=msg("open it in a browser to check"))


def _next(url: str, location: str) -> str:
    shown = masked_url(url)
    try:
        target = urlsplit(urljoin(url, location))
        host = target.hostname or ""
        _ = target.port  # raises for an invalid port
    except ValueError:
        raise NetworkError(
            msg("{shown} redirects to an invalid URL", shown=shown), hint=CHECK_URL
        ) from None
    if target.scheme not in ("http", "https") or not host:
        raise NetworkError(
            msg("{shown} does not lead to a page", shown=shown),
            hint=msg("open it in a browser to check"),
        )
    return target.geturl()


async def _content(reply: Reply, url: str, limit: int) -> bytes:
    """The complete content; part of it would be taken for the whole."""
    content = bytearray()
    async with aclosing(reply.chunks()) as chunks:
        async for chunk in chunks:
            content += chunk
            if len(content) > limit:
                problem = msg(
                    "{url} is larger than {shown_size}", url=url, shown_size=shown_size(limit)
                )
                raise TooLong(problem, hint=msg("raise --max-input"))
    return bytes(content)
