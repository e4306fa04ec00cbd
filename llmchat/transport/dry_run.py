"""A network that sends nothing: it records the question, and returns placeholders for earlier
requests (a list of models, a page, an upload)."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from llmchat.transport.http import httpx

MODEL = "(the first model that the server lists)"
FILE = "(the id that the upload will get)"
PAGE = "<div data-nonce='(from the page)' data-post-id='(from the page)'></div>"


class WouldSend(Exception):
    """Raised when the question would be sent."""


class DryRunNetwork(httpx.AsyncBaseTransport):
    """`question` is set when the provider tries to send it."""

    def __init__(self) -> None:
        self.question: httpx.Request | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        path = request.url.path.rstrip("/")
        if request.method == "GET":
            if path.endswith("/models"):
                return httpx.Response(200, json={"data": [{"id": MODEL}]})
            return httpx.Response(200, html=PAGE)
        if path.endswith(("/files", "/delete")):
            return httpx.Response(200, json={"id": FILE})
        self.question = self.question or request
        raise WouldSend


def body_of(request: httpx.Request) -> object:
    """The body of a request: JSON, or the fields of a form."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.content.decode()))
    return json.loads(request.content)
