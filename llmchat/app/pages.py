"""The text of a page for `-f URL`: fetched with nobody's key, following a few redirects."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin

from llmchat.app.run import Run
from llmchat.errors import NetworkError, ServiceError, TooLong
from llmchat.inputs.text import Page
from llmchat.transport import Wire

MOST_REDIRECTS = 5
WANTED = {"Accept": "text/html, text/plain;q=0.9, */*;q=0.5"}


async def fetch(run: Run, url: str, limit: int) -> Page:
    """At most `limit` bytes of what an address answers."""
    endpoint = replace(run.settings.endpoint("demo"), allow_http=True, headers={}, api_key=None)
    wire = Wire(endpoint, http=run.world.http)
    try:
        for _ in range(MOST_REDIRECTS + 1):
            async with wire.send("GET", url, headers=WANTED) as reply:
                if reply.status in (301, 302, 303, 307, 308) and "location" in reply.headers:
                    url = urljoin(url, reply.headers["location"])
                    continue
                if reply.status != 200:
                    raise ServiceError(f"{url} answered with HTTP {reply.status}", hint="check -f")
                content = await reply.start(limit + 1)
                if len(content) > limit:
                    raise TooLong(f"{url} is too large", hint="raise --max-input")
                return Page(url, reply.headers.get("content-type", ""), content)
    finally:
        await wire.aclose()
    raise NetworkError(f"{url} is redirected without end", hint="open it in a browser once")
