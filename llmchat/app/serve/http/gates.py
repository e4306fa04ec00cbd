"""The checks that a request must pass before its body is read: Host, Origin, key, type and size.

Why: docs/decisions/0140-a-server-on-this-machine.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address

from llmchat.app.serve.asgi import (
    LARGEST_BODY,
    Message,
    Receive,
    Scope,
    Send,
    send_json,
    skip_body,
)
from llmchat.app.serve.http.page import send_page
from llmchat.app.serve.refusals import Headers, fault

App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = "/health"
OURS = ("localhost", "127.0.0.1", "[::1]")
ANY = ("0.0.0.0", "::", "[::]")  # all addresses of this machine
# OpenAI's library sends headers of its own; `*` does not include authorization.
ALLOWED = b"authorization, content-type, *"
CLOSE: Headers = [(b"connection", b"close")]  # do not wait for a body that is not read


@dataclass(frozen=True, slots=True)
class Gates:
    """The checks, in order; `key` is None if every client on this machine may ask."""

    app: App
    host: str
    key: str | None
    origins: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = hosts[0].decode("latin-1").lower() if len(hosts) == 1 else ""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not self._is_ours(host):
            await _refuse(
                receive, send, 403, "host", "this server is not reached by that host name"
            )
        elif origin and not self._may_ask(origin, host):
            await _refuse(receive, send, 403, "origin", "this page may not ask here; see --origin")
        elif scope["method"] == "OPTIONS" and origin in self.origins:
            await send(_preflight(origin))
            await send({"type": "http.response.body"})
        else:
            await self._keyed(scope, receive, _named(send, origin, self.origins), headers)

    async def _keyed(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        if scope["path"] != OPEN and not self._has_key(headers.get(b"authorization", b"")):
            if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
                await send_page(send, 401)
                return
            words = (
                "missing or wrong key: send Authorization: Bearer KEY (llmchat serve --show-key)"
            )
            await _refuse(receive, send, 401, "invalid_api_key", words)
            return
        if scope["method"] == "POST":
            kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if kind != b"application/json":
                words = "Content-Type must be application/json"
                await _refuse(receive, send, 415, "content_type", words)
                return
            length = headers.get(b"content-length", b"0")
            if not length.isdigit() or len(length) > 12 or int(length) > LARGEST_BODY:
                await refuse_size(receive, send)
                return
        await self.app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        """Whether the Host header names this server; the port is ignored. If the server listens on
        all addresses, any IP address will do: DNS rebinding needs a name."""
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if name in OURS or name in (self.host.lower(), f"[{self.host.lower()}]"):
            return bool(name)
        return self.host in ANY and _is_address(name)

    def _may_ask(self, origin: str, host: str) -> bool:
        return origin in self.origins or origin.lower() == f"http://{host}"  # our own page

    def _has_key(self, authorization: bytes) -> bool:
        if self.key is None:
            return True
        scheme, _, given = authorization.partition(b" ")
        same = hmac.compare_digest(given.strip(), self.key.encode())
        return same and scheme.lower() == b"bearer"


async def refuse_size(receive: Receive, send: Send) -> None:
    words = f"the body is larger than {LARGEST_BODY // 1_000_000} MB"
    await _refuse(receive, send, 413, "too_large", words)


async def refuse_delay(receive: Receive, send: Send, idle: float) -> None:
    await _refuse(
        receive, send, 408, "timeout", f"nothing more of the body came for {idle:g} seconds"
    )


async def _refuse(receive: Receive, send: Send, status: int, code: str, message: str) -> None:
    await skip_body(receive)
    body = fault(message, kind="invalid_request_error", code=code)
    await send_json(send, status, body, CLOSE)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _preflight(origin: str) -> Message:
    headers = [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", ALLOWED),
        (b"vary", b"Origin"),
    ]
    return {"type": "http.response.start", "status": 204, "headers": headers}


def _named(send: Send, origin: str, origins: tuple[str, ...]) -> Send:
    """Adds the CORS headers to responses, so that a page on an allowed origin can read them."""
    if origin not in origins:
        return send

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            allowed = (b"access-control-allow-origin", origin.encode())
            message["headers"] = [*message["headers"], allowed, (b"vary", b"Origin")]
        await send(message)

    return named
