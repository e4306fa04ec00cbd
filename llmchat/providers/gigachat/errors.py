"""Explains the errors of GigaChat's API and its token endpoint, each with a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmchat.errors import (
    AuthError,
    LlmchatError,
    ScopeError,
)
from llmchat.language import any_of, msg
from llmchat.providers.gigachat.auth.key import CABINET, SCOPES
from llmchat.providers.wire.readers import json_object
from llmchat.transport.http_errors import ERRORS, error_text, is_html, refusal

SIGN_IN = msg("llmchat auth gigachat")
BAD_KEY_FORM, WRONG_KEY = 4, 6
TEXTS = {  # of each status of the API: what happened, and what to do
    400: ("GigaChat rejected the request: {said}", "check the model (-m) and the options (-o)"),
    401: ("GigaChat rejected a new token: {said}", "llmchat auth gigachat"),
    402: (
        "the tokens for this model are used up: {said}",
        "check with llmchat models gigachat --balance; buy more at {cabinet}",
    ),
    403: (
        "this account is not allowed to do that: {said}",
        "use another model (-m), or check the scope with llmchat auth status",
    ),
    404: (
        "GigaChat: {said}",
        "check the model (llmchat models gigachat --refresh) and base_url",
    ),
    # A full window too: developers.sber.ru/docs/ru/gigachat/api/errors-description
    413: ("the request is too large: {said}", "shorten the prompt or attach less"),
    422: ("GigaChat rejected the request: {said}", "check the model (-m) and the options (-o)"),
    429: ("GigaChat: {said}", "a personal key has one stream; wait, then try again"),
}


def token_refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, scope: str, person: bool = False
) -> LlmchatError:
    """The error behind a token request that was refused. Buying a token costs nothing, so whatever
    may be repeated may be repeated freely."""
    error = refusal(status, headers, body)
    if error.repeat == "charged":
        error.repeat = "free"
    error.code = code = code_in(body)
    if status not in (400, 401, 403) or is_html(body):
        return error
    said = error_text(body)
    if person:
        known: LlmchatError | None = _password_error(status, said)
    else:
        known = _scope_error(code, scope) or _key_error(code, status, said)
    return _as(known, error) if known is not None else error


def api_refusal(status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
    """The error behind a refused call of the API."""
    error = refusal(status, headers, body)
    better = _better(status, error_text(body) or f"HTTP {status}")
    if better is None or type(error) is not type(better) or is_html(body):
        return error  # a gateway's page or Cloudflare's, of which the status says too little
    better.retry_after, better.repeat = error.retry_after, error.repeat
    return _as(better, error)


def _as(better: LlmchatError, error: LlmchatError) -> LlmchatError:
    """In other words, with the same fields."""
    better.request_id = error.request_id
    better.status, better.code = error.status, error.code
    return better


def status_in(data: Mapping[str, Any]) -> int | None:
    """The status of `{"status": N, "message": ...}`, which may also come with HTTP 200."""
    status = data.get("status")
    if isinstance(status, int) and 400 <= status < 600 and "choices" not in data:
        return status
    return None


def code_in(body: bytes) -> int | None:
    code = (json_object(body) or {}).get("code")
    return code if isinstance(code, int) else None


def _scope_error(code: int | None, scope: str) -> ScopeError | None:
    said = {
        1: msg("GigaChat does not recognise the scope {scope!r}", scope=scope),
        5: msg("no scope was sent to GigaChat"),
        7: msg("the key does not belong to the scope {scope}", scope=scope),
    }
    if code not in said:
        return None
    others = any_of([s for s in SCOPES if s != scope])
    hint = msg(
        "{sign_in} finds the right scope; or set scope to {others}", sign_in=SIGN_IN, others=others
    )
    return ScopeError(said[code], hint=hint)


def _key_error(code: int | None, status: int, said: str) -> AuthError | None:
    hint = msg(
        "enter a new one: {sign_in}; you find the key in your project at {cabinet}",
        sign_in=SIGN_IN,
        cabinet=CABINET,
    )
    if code == BAD_KEY_FORM:
        return AuthError(msg("the GigaChat key is malformed"), hint=hint)
    if code == WRONG_KEY:
        return AuthError(msg("GigaChat rejected this key; it is wrong or was revoked"), hint=hint)
    if status in (401, 403):
        said = said or msg("HTTP {status}", status=status)
        return AuthError(msg("GigaChat rejected the key: {said}", said=said), hint=hint)
    return None


def _password_error(status: int, said: str) -> AuthError:
    said = said or msg("HTTP {status}", status=status)
    return AuthError(
        msg("GigaChat rejected the user name or password: {said}", said=said),
        hint=msg(
            "check GIGACHAT_USER and GIGACHAT_PASSWORD, or sign in with a key: {how}", how=SIGN_IN
        ),
    )


def _better(status: int, said: str) -> LlmchatError | None:
    """The same class as `refusal` gives, with words that fit this service."""
    if status not in TEXTS:
        return None
    message, hint = TEXTS[status]
    return ERRORS[status](msg(message, said=said), hint=msg(hint, cabinet=CABINET))
