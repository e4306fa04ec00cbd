"""The page for a person: one file, no script from elsewhere, and nothing without the key."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path

from llmchat.app.serve.asgi import Send, send_whole

HTML = Path(__file__).parents[3] / "data" / "serve.html"


async def send_page(send: Send, status: int) -> None:
    """It shows nothing until its person gives the key that the server is then asked with."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    ]
    body = _html().replace("{{nonce}}", nonce).replace("{{status}}", str(status)).encode()
    await send_whole(send, status, body, b"text/html; charset=utf-8", headers)


@cache
def _html() -> str:
    return HTML.read_text(encoding="utf-8")
