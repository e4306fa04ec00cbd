"""Errors as clients of OpenAI's interface know them: a status, and a body of their form."""

from __future__ import annotations

import json
import math
from typing import Any

from llmchat.errors import LlmchatError, UnknownModel, UsageError
from llmchat.values.secret import without_keys

STATUSES = {2: 400, 3: 500, 4: 502, 5: 502, 6: 504, 7: 429, 8: 502, 10: 502}
TYPES = {
    400: "invalid_request_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
    504: "timeout_error",
}

Headers = list[tuple[bytes, bytes]]


class BadField(UsageError):
    """A field of a request's body that is not what it should be."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(f"{param}: {message}")
        self.param = param


def status_of(error: LlmchatError) -> int:
    """Exit codes as statuses; if llmchat's own key is refused, that is not the caller's fault."""
    return 404 if isinstance(error, UnknownModel) else STATUSES.get(error.exit_code, 500)


def error_body(error: LlmchatError) -> dict[str, Any]:
    status = status_of(error)
    code = "model_not_found" if isinstance(error, UnknownModel) else error.kind
    kind = TYPES.get(status, "api_error")
    # A client that has mixed up its fields names its key as the model.
    said = without_keys(error.message) if isinstance(error, UnknownModel) else error.message
    return fault(said, kind=kind, code=code, param=getattr(error, "param", None))


def error_headers(error: LlmchatError) -> Headers:
    """A pause where the service named one, or any refusal for too many requests."""
    if status_of(error) != 429:
        return []
    pause = 1.0 if error.retry_after is None else error.retry_after
    return [(b"retry-after", str(max(1, math.ceil(pause))).encode())]


def fault(message: str, *, kind: str, code: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
