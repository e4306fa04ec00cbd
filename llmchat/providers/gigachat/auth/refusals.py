"""Explains why GigaChat refused a token request: the scope, the key, or the password."""

from __future__ import annotations

from collections.abc import Mapping

from llmchat.errors import (
    AuthError,
    BadRequest,
    Blocked,
    ConfigError,
    LlmchatError,
    NotAnAnswer,
    ScopeError,
    TooLong,
)
from llmchat.language import any_of, msg
from llmchat.providers.formats.readers import json_object
from llmchat.providers.gigachat.auth.key import SCOPES
from llmchat.providers.gigachat.hosts import CABINET
from llmchat.transport.errors.status import error_text, is_html, refusal

SIGN_IN = msg("llmchat auth gigachat")
CHECK = msg("check scope and auth_url: llmchat auth status")
BAD_KEY_FORM, WRONG_KEY = 4, 6
WRONG_PLACE = (404, 405, 410)
NO_TOKEN_REQUEST = (400, 413, 422)  # statuses for a request that the server does not expect


def token_refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, scope: str, person: bool = False
) -> LlmchatError:
    """The error for a refused token request. Requesting a token costs nothing, so repeatable errors
    may be retried freely."""
    error = refusal(status, headers, body)
    if isinstance(error, TooLong):  # no context window is involved
        request_id = error.request_id
        error = BadRequest(error.message, hint=CHECK, request_id=request_id, status=status)
    if error.repeat == "charged":
        error.repeat = "free"
    error.code = code = code_in(body)
    if status in WRONG_PLACE and not isinstance(error, Blocked):
        return _no_token_service(error, page=is_html(body))
    if 300 <= status < 400:
        error.hint = msg("if you trust the new address, set auth_url to it")
    if status in NO_TOKEN_REQUEST and not is_html(body):  # no model is involved
        error.hint = CHECK
    if status not in (400, 401, 403) or is_html(body):
        return error
    said = error_text(body)
    if person:
        known: LlmchatError | None = _password_error(status, said)
    else:
        known = _scope_error(code, scope) or _key_error(code, status, said)
    if known is None:
        return error
    known.request_id, known.status, known.code = error.request_id, error.status, error.code
    return known


def _no_token_service(error: LlmchatError, *, page: bool) -> LlmchatError:
    """The error for an `auth_url` that does not issue tokens."""
    kind = NotAnAnswer if page else ConfigError
    return kind(
        msg("{what}: {message}", what=msg("cannot get an access token"), message=error.message),
        hint=msg("check auth_url and the proxy"),
        request_id=error.request_id,
        status=error.status,
    )


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
