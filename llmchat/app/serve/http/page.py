"""The web page for a person: a single file, without external scripts, and useless without the
key."""

from __future__ import annotations

import re
import secrets
from html import escape
from pathlib import Path

from llmchat.app.serve.asgi import Send, send_whole
from llmchat.language import known, language

TEXT = re.compile(r"\[\[(.+?)\]\]")  # texts to translate
HTML = Path(__file__).parents[3] / "data" / "serve.html"


async def send_page(send: Send, status: int) -> None:
    """Sends the page. It shows nothing until the person enters the key, which its requests then
    use."""
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
    page = _html().replace("{{nonce}}", nonce).replace("{{status}}", str(status))
    body = page.replace("{{language}}", language().replace("_", "-")).encode()
    await send_whole(send, status, body, b"text/html; charset=utf-8", headers)


def _html() -> str:
    """The page in the language of the person who started the server, whose page it is."""
    return TEXT.sub(lambda found: _quoted(known(found[1])), HTML.read_text(encoding="utf-8"))


def _quoted(text: str) -> str:
    """Escaped for HTML and for strings in scripts."""
    return escape(text, quote=False).replace('"', "”").replace("\\", "")
