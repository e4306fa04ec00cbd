"""Errors in the form of OpenAI's API: a status and a body."""

from __future__ import annotations

import json
import math
from typing import Any

from llmchat.errors import (
    AuthError,
    BudgetExceeded,
    ConfigError,
    LlmchatError,
    QuotaExceeded,
    UnknownModel,
    UsageError,
)
from llmchat.values.secret import without_keys

STATUSES = {2: 400, 3: 500, 4: 502, 5: 502, 6: 504, 7: 429, 8: 502, 10: 502}
TYPES = {
    400: "invalid_request_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
}
CODES = {  # OpenAI's own, by which clients know what happened
    "unknown_model": "model_not_found",
    "too_long": "context_length_exceeded",
    "rate_limit": "rate_limit_exceeded",
    "quota": "insufficient_quota",
}
LASTING = (AuthError, ConfigError, QuotaExceeded, BudgetExceeded)  # the same if asked again

Headers = list[tuple[bytes, bytes]]


class BadField(UsageError):
    """A field of a request's body is invalid."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(f"{param}: {message}")
        self.param = param


def status_of(error: LlmchatError) -> int:
    """The HTTP status for an error, by its exit code. If llmchat's own key is refused, that is not
    the client's fault."""
    return 404 if isinstance(error, UnknownModel) else STATUSES.get(error.exit_code, 500)


def error_body(error: LlmchatError) -> dict[str, Any]:
    kind = TYPES.get(status_of(error), "api_error")
    code = CODES.get(error.kind, error.kind)
    return fault(_said(error), kind=kind, code=code, param=getattr(error, "param", None))


def _said(error: LlmchatError) -> str:
    if isinstance(error, UnknownModel):  # a client that has mixed up its fields names its key
        return without_keys(error.message)
    # A client that reads of a wrong key looks for it among its own.
    return error.in_one_line if isinstance(error, AuthError) else error.message


def error_headers(error: LlmchatError) -> Headers:
    """A pause where the service named one, or for too many requests; and a word to OpenAI's
    libraries, which ask again after any 429 and 5xx, where that is in vain."""
    lasting = isinstance(error, LASTING)
    headers = [(b"x-should-retry", b"false")] if lasting else []
    pause = error.retry_after
    if status_of(error) == 429 and not (lasting and pause is None):
        headers.append((b"retry-after", str(max(1, math.ceil(pause or 1))).encode()))
    return headers


def fault(message: str, *, kind: str, code: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
