"""The error codes of OpenAI-compatible services, as data, and the error behind a JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmchat.errors import (
    AuthError,
    BadRequest,
    Filtered,
    LlmchatError,
    QuotaExceeded,
    RateLimited,
    ServiceError,
    TooLong,
    Unavailable,
    UnknownModel,
)
from llmchat.providers.readers import json_object
from llmchat.transport.http_errors import REPEATED, message_in, one_line, refusal, retry_after

SIGN_IN = "llmchat auth status"
CODES: dict[str, tuple[type[LlmchatError], str]] = {
    "insufficient_quota": (QuotaExceeded, "top up the account at the service"),
    "invalid_api_key": (AuthError, SIGN_IN),
    "context_length_exceeded": (TooLong, "send less text, or ask a model with a larger window"),
    "model_not_found": (UnknownModel, "llmchat models lists what there is"),
    "content_filter": (Filtered, "say it in other words"),
    "content_policy_violation": (Filtered, "say it in other words"),
    "rate_limit_exceeded": (RateLimited, "wait a little and ask again"),
    "server_error": (Unavailable, "try again later"),
    # Z.ai and open.bigmodel.cn
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), (AuthError, SIGN_IN)),
    **dict.fromkeys(("1110", "1111", "1112", "1120", "1121"), (AuthError, SIGN_IN)),
    "1113": (QuotaExceeded, "no balance: top up the account, or ask glm-4.7-flash, which is free"),
    **dict.fromkeys(("1210", "1213", "1214"), (BadRequest, "check -o and -m")),
    "1211": (UnknownModel, "llmchat models lists what there is"),
    "1261": (TooLong, "send less text, or ask a model with a larger window"),
    "1301": (Filtered, "say it in other words"),
    **dict.fromkeys(("1302", "1303", "1305", "1312"), (RateLimited, "wait a little")),
    **dict.fromkeys(("1304", "1308", "1310"), (QuotaExceeded, "the quota is used up for now")),
    "1309": (QuotaExceeded, "the plan has expired; renew it at the service"),
}


def explained(status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
    """The error behind a refusal: by its code where we know it, else by its status."""
    plain = refusal(status, headers, body)
    data = json_object(body)
    known = None if data is None else _known(data)
    if known is None:
        return plain
    known.status, known.request_id = plain.status, plain.request_id
    if status in REPEATED and isinstance(known, RateLimited | Unavailable):
        known.retry_after = retry_after(headers)
        known.repeat = "never" if isinstance(known, QuotaExceeded) else plain.repeat
    return known


def error_of(data: dict[str, Any]) -> LlmchatError:
    """The error that a frame of a stream reports."""
    known = _known(data)
    if known:
        return known
    said = one_line(message_in(data)) or "it does not say why"
    code = _error(data).get("code", data.get("code"))
    if isinstance(code, int) and 400 <= code < 600:
        return refusal(code, {}, said.encode())
    return ServiceError(f"the service failed: {said}", hint="ask again")


def _known(data: dict[str, Any]) -> LlmchatError | None:
    error = _error(data)
    for name in (error.get("code"), error.get("type"), data.get("code")):
        if str(name) in CODES:
            cls, hint = CODES[str(name)]
            return cls(one_line(message_in(data) or str(name)), hint=hint, code=str(name))
    return None


def _error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return error if isinstance(error, dict) else {}
