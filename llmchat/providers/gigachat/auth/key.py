"""Checks the format of a GigaChat authorization key: base64 of `client id:client secret`."""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

from llmchat.errors import AuthError
from llmchat.language import msg
from llmchat.providers.gigachat.hosts import CABINET
from llmchat.values.secret import Secret

SCOPES = ("GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP")
PERSONAL = SCOPES[0]
QUOTES = "\"'`«»„“”‘’\ufeff\u200b"  # including an invisible byte order mark and zero-width space
PREFIXES = ("authorization:", "basic", "bearer")
UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def cleaned(text: str) -> str:
    """A pasted key without white space, quotes and `Basic `."""
    text = text.strip().strip(QUOTES).strip()
    for prefix in PREFIXES:
        rest = text[len(prefix) :]
        if text.lower().startswith(prefix) and (prefix.endswith(":") or rest[:1].isspace()):
            text = rest.strip().strip(QUOTES).strip()
    return "".join(text.split())


def checked_key(text: str) -> Secret:
    """The key in the form the service needs; a plain `id:secret` is encoded."""
    key = cleaned(text)
    complaint = complaint_about(key)
    if complaint:
        raise AuthError(
            msg("this is not a GigaChat authorization key: {complaint}", complaint=complaint),
            hint=msg('copy "Authorization key" from your project at {cabinet}', cabinet=CABINET),
        )
    if ":" in key:
        return Secret(base64.b64encode(key.encode()).decode())
    return Secret(key + "=" * (-len(key) % 4))


def complaint_about(key: str) -> str:
    """What is wrong with the key's format, without quoting the key; "" if nothing is."""
    if not key:
        return msg("it is empty")
    if UUID.fullmatch(key):
        return msg('this is only the client ID (or secret); the key is base64 of "id:secret"')
    if is_token(key):
        return msg(
            "this is an access token, which expires in half an hour; the key does not expire"
        )
    plain = key if ":" in key else _decoded(key)
    if plain is None:
        return msg("not base64; a character may be missing")
    client_id, colon, secret = plain.partition(":")
    if not colon or not client_id or not secret or not plain.isprintable():
        return msg("it does not decode to `client id:client secret`")
    return ""


def is_token(text: str) -> bool:
    """Whether the text is a JSON web token, plain or encrypted."""
    return text.startswith("eyJ") and text.count(".") in (2, 4)


def fingerprint(key: Secret) -> str:
    """An id for a key that does not reveal it."""
    return sha256(key.reveal().encode(errors="surrogatepass")).hexdigest()


def _decoded(key: str) -> str | None:
    try:
        plain = base64.b64decode(key + "=" * (-len(key) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return plain if plain.isprintable() else None
