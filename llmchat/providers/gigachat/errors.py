"""Explains the errors of GigaChat's API and its token endpoint, each with a hint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmchat.errors import (
    AuthError,
    BadRequest,
    LlmchatError,
    QuotaExceeded,
    RateLimited,
    ScopeError,
    TooLong,
    UnknownModel,
)
from llmchat.language import any_of, msg
from llmchat.providers.gigachat.key import CABINET, SCOPES
from llmchat.transport.http_errors import error_text, is_html, refusal

SIGN_IN = msg("llmchat auth gigachat")
NOT_THERE = msg("check the model (llmchat models gigachat --refresh) and base_url")
BAD_KEY_FORM, WRONG_KEY = 4, 6


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
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = data.get("code") if isinstance(data, dict) else None
    return code if isinstance(code, int) else None


def _scope_error(code: int | None, scope: str) -> ScopeError | None:
    others = any_of([s for s in SCOPES if s != scope])
    hint = msg(
        "{sign_in} finds the right scope; or set scope to {others}", sign_in=SIGN_IN, others=others
    )
    match code:
        case 1:
            return ScopeError(
                msg("GigaChat does not recognise the scope {scope!r}", scope=scope), hint=hint
            )
        case 5:
            return ScopeError(msg("no scope was sent to GigaChat"), hint=hint)
        case 7:
            return ScopeError(
                msg("the key does not belong to the scope {scope}", scope=scope), hint=hint
            )
    return None


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
        return AuthError(
            msg(
                "GigaChat rejected the key: {said}",
                said=said or msg("HTTP {status}", status=status),
            ),
            hint=hint,
        )
    return None


def _password_error(status: int, said: str) -> AuthError:
    return AuthError(
        msg(
            "GigaChat rejected the user name or password: {said}",
            said=said or msg("HTTP {status}", status=status),
        ),
        hint=msg(
            "check GIGACHAT_USER and GIGACHAT_PASSWORD, or sign in with a key: {how}", how=SIGN_IN
        ),
    )


def _better(status: int, said: str) -> LlmchatError | None:
    """The same class as `refusal` gives, with words that fit this service."""
    match status:
        case 401:
            return AuthError(msg("GigaChat rejected a new token: {said}", said=said), hint=SIGN_IN)
        case 402:
            return QuotaExceeded(
                msg("the tokens for this model are used up: {said}", said=said),
                hint=msg(
                    "check with llmchat models gigachat --balance; buy more at {cabinet}",
                    cabinet=CABINET,
                ),
            )
        case 403:
            return AuthError(
                msg("this account is not allowed to do that: {said}", said=said),
                hint=msg("use another model (-m), or check the scope with llmchat auth status"),
            )
        case 404:
            return UnknownModel(msg("GigaChat: {said}", said=said), hint=NOT_THERE)
        case 413:  # a full window too: developers.sber.ru/docs/ru/gigachat/api/errors-description
            return TooLong(
                msg("the request is too large: {said}", said=said),
                hint=msg("shorten the prompt or attach less"),
            )
        case 400 | 422:
            return BadRequest(
                msg("GigaChat rejected the request: {said}", said=said),
                hint=msg("check the model (-m) and the options (-o)"),
            )
        case 429:
            return RateLimited(
                msg("GigaChat: {said}", said=said),
                hint=msg("a personal key has one stream; wait, then try again"),
            )
    return None
