"""Fetches pages for `-f URL`: without any key, following a few redirects."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from llmchat.app.context import Context
from llmchat.endpoint import is_loopback
from llmchat.errors import NetworkError, ServiceError, Timeout, TooLong
from llmchat.inputs.text import WebPage
from llmchat.inputs.tokens import shown_size
from llmchat.transport import Reply, Wire

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
PATIENCE = 60.0  # seconds for one page; a browser's person has long gone by then
WANTED = {"Accept": "text/html, text/plain;q=0.9, */*;q=0.5"}


async def fetch(context: Context, url: str, limit: int, *, patience: float = PATIENCE) -> WebPage:
    """What an address answers, whole; more than `limit` bytes are TooLong."""
    endpoint = replace(context.settings.endpoint("demo"), allow_http=True, headers={}, api_key=None)
    wire = Wire(endpoint, http=context.world.http)
    try:
        async with context.report.waiting(f"fetching {url}"), asyncio.timeout(patience):
            return await _followed(wire, url, limit)
    except TimeoutError:
        raise Timeout(f"{url} did not load within {patience:g} s", hint="try again") from None
    finally:
        await wire.aclose()


async def _followed(wire: Wire, url: str, limit: int) -> WebPage:
    for _ in range(MOST_REDIRECTS + 1):
        async with wire.send("GET", url, headers=WANTED) as reply:
            if reply.status in REDIRECTS and "location" in reply.headers:
                url = _next(url, reply.headers["location"])
                continue
            if reply.status != 200:
                raise ServiceError(f"{url} answered with HTTP {reply.status}", hint="check the URL")
            content = await _content(reply, url, limit)
            return WebPage(url, reply.headers.get("content-type", ""), content)
    raise NetworkError(f"too many redirects from {url}", hint="open it in a browser to check")


def _next(url: str, location: str) -> str:
    """A page of somebody else's must not lead to what only this machine can reach."""
    try:
        target = urlsplit(urljoin(url, location))
        host = target.hostname or ""
    except ValueError:
        raise NetworkError(f"{url} redirects to an invalid URL", hint="check the URL") from None
    if target.scheme not in ("http", "https") or not host:
        raise NetworkError(f"{url} does not lead to a page", hint="open it in a browser to check")
    if is_loopback(host) and not is_loopback(urlsplit(url).hostname or ""):
        raise NetworkError(f"{url} redirects to this machine", hint=f"-f {target.geturl()}")
    return target.geturl()


async def _content(reply: Reply, url: str, limit: int) -> bytes:
    """Never a part of it: what is cut would be answered as if it were all."""
    content = bytearray()
    async with aclosing(reply.chunks()) as chunks:
        async for chunk in chunks:
            content += chunk
            if len(content) > limit:
                problem = f"{url} is larger than {shown_size(limit)}"
                raise TooLong(problem, hint="raise --max-input")
    return bytes(content)
