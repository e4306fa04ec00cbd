"""The error codes of OpenAI-compatible services, as data, and the error for a JSON body.

Why: docs/decisions/0157-generic-codes-come-last.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmchat.errors import (
    AuthError,
    BadRequest,
    ConfigError,
    Filtered,
    LlmchatError,
    QuotaExceeded,
    RateLimited,
    ServiceError,
    TooLong,
    Unavailable,
    UnknownModel,
)
from llmchat.language import msg
from llmchat.providers.formats.readers import STREAM_FIELDS, json_object
from llmchat.transport.errors.status import REPEATED, message_in, one_line, refusal, retry_after

SIGN_IN = msg("check the key: llmchat auth status")
SHORTER = msg("shorten the prompt, or use a model with a larger context window")
PARAMETERS = msg("check the model (-m) and the options (-o)")
WAIT = msg("wait a moment, then try again")
NO_TOOLS = msg("use another model (-m), or ask without tools")
NO_PICTURES = msg("use a model that accepts pictures (-m), or ask without them")
AUTO_TOOLS = msg(
    "start vLLM with --enable-auto-tool-choice and --tool-call-parser, or ask without tools"
)
ANY_FAILURE = "server_error"
TOO_FAST = "rate_limit_exceeded"
CODES: dict[str, tuple[type[LlmchatError], str]] = {
    "insufficient_quota": (QuotaExceeded, msg("top up your account at the service")),
    "invalid_api_key": (AuthError, SIGN_IN),
    "context_length_exceeded": (TooLong, SHORTER),
    "model_not_found": (UnknownModel, msg("llmchat models lists the available models")),
    "content_filter": (Filtered, msg("rephrase your question")),
    "content_policy_violation": (Filtered, msg("rephrase your question")),
    TOO_FAST: (RateLimited, WAIT),
    ANY_FAILURE: (Unavailable, msg("try again later")),
    # Z.ai and open.bigmodel.cn
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), (AuthError, SIGN_IN)),
    **dict.fromkeys(("1110", "1111", "1112", "1120", "1121"), (AuthError, SIGN_IN)),
    "1113": (QuotaExceeded, msg("top up your account at the service")),
    **dict.fromkeys(("1210", "1213", "1214"), (BadRequest, PARAMETERS)),
    "1211": (UnknownModel, msg("llmchat models lists the available models")),
    "1261": (TooLong, SHORTER),
    "1301": (Filtered, msg("rephrase your question")),
    **dict.fromkeys(("1302", "1303", "1305", "1312"), (RateLimited, WAIT)),
    **dict.fromkeys(
        ("1304", "1308", "1310"), (QuotaExceeded, msg("the quota is used up; try later"))
    ),
    "1309": (QuotaExceeded, msg("the plan has expired; renew it at the service")),
}
# Anthropic's types, which come in a stream without a status.
STATUSES = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
# Texts of servers that use one code and type for all errors (litellm, llama.cpp, vLLM, LM Studio),
# or send a misleading status.
SAYINGS: dict[str, tuple[type[LlmchatError], str]] = {
    "contextwindowexceedederror": CODES["context_length_exceeded"],
    "exceeds the available context size": CODES["context_length_exceeded"],
    "exceed_context_size_error": CODES["context_length_exceeded"],
    "maximum context length": CODES["context_length_exceeded"],
    "prompt is too long": CODES["context_length_exceeded"],
    "exceeds the maximum number of tokens": CODES["context_length_exceeded"],
    "longer than the maximum model length": CODES["context_length_exceeded"],
    "load the model with a larger context length": CODES["context_length_exceeded"],
    # Groq: more than is allowed per minute.
    "request too large for": CODES["context_length_exceeded"],
    "ratelimiterror": CODES[TOO_FAST],
    "authenticationerror": CODES["invalid_api_key"],
    "pass a valid api key": CODES["invalid_api_key"],  # Gemini, with status 400
    "incorrect api key provided": CODES["invalid_api_key"],  # xAI, likewise
    "contentpolicyviolationerror": CODES["content_filter"],
    "rejected as a result of our safety system": CODES["content_filter"],
    "no_db_connection": CODES["invalid_api_key"],  # litellm without a database, for any wrong key
    "image input is not supported": (BadRequest, NO_PICTURES),
    "not a multimodal model": (BadRequest, NO_PICTURES),
    "not support image": (BadRequest, NO_PICTURES),
    "requires --jinja": (BadRequest, msg("start llama.cpp with --jinja, or ask without tools")),
    "--enable-auto-tool-choice": (BadRequest, AUTO_TOOLS),
    "not support tools": (BadRequest, NO_TOOLS),
    "support tool use": (BadRequest, NO_TOOLS),
    "tool_use_failed": (BadRequest, msg("ask again, or use another model (-m)")),
    "'loc': ('body'": (BadRequest, PARAMETERS),  # llama-cpp-python, with status 500
    "unexpected endpoint or method": (
        ConfigError,
        msg("check base_url: most API addresses end in /v1"),
    ),
}


def explained(
    status: int, headers: Mapping[str, str], body: bytes, *, hints: Mapping[str, str] | None = None
) -> LlmchatError:
    """The error for a refused request: by its code if that is known, else by its status. `hints`
    are one service's own hints for codes."""
    body = without_framing(body)
    plain = refusal(status, headers, body)
    data = json_object(body.strip().removeprefix(b"[").removesuffix(b"]"))  # Gemini's is in a list
    known = None if data is None else _known(data, hints or {})
    if known is None:
        return plain
    known.status, known.request_id = plain.status, plain.request_id
    if status in REPEATED and isinstance(known, RateLimited | Unavailable):
        known.retry_after = retry_after(headers)
        known.repeat = "never" if isinstance(known, QuotaExceeded) else plain.repeat
    return known


def error_of(data: dict[str, Any]) -> LlmchatError:
    """The error reported by a frame of a stream."""
    known = _known(data, {})
    if known:
        return known
    said = one_line(message_in(data)) or msg("no reason given")
    error = _error(data)
    kind = error.get("type")
    code = str(STATUSES.get(str(kind)) or error.get("code", data.get("code")))
    if code.isascii() and code.isdigit() and len(code) == 3 and 400 <= int(code) < 600:
        return refusal(int(code), {}, said.encode())
    return ServiceError(msg("the service failed: {said}", said=said), hint=msg("try again"))


def without_framing(body: bytes) -> bytes:
    """The JSON of a refusal that came as an event stream."""
    for line in body.splitlines():
        name, colon, value = line.partition(b":")
        if name == b"data" and colon and json_object(value) is not None:
            return value
        if line.strip() and name not in STREAM_FIELDS:
            break
    return body


def _known(data: dict[str, Any], hints: Mapping[str, str]) -> LlmchatError | None:
    error = _error(data)
    said = message_in(data)
    names = [str(name) for name in (error.get("code"), error.get("type"), data.get("code"))]
    text = " ".join((*names, said)).lower()
    saying = next((saying for saying in SAYINGS if saying in text), None)
    name = next((name for name in names if name in CODES), "")
    # llama.cpp reports a refused picture as a server error, Groq a long prompt as a rate limit.
    if name and not (saying and name in (ANY_FAILURE, TOO_FAST)):
        cls, hint = CODES[name]
        known = cls(one_line(said or name), hint=hints.get(name, hint), code=name)
        return _with_window(known, error, said)
    if saying is None:
        return None
    cls, hint = SAYINGS[saying]
    return _with_window(cls(one_line(said or text), hint=hint), error, said)


def _with_window(known: LlmchatError, error: Mapping[str, Any], said: str) -> LlmchatError:
    """The TooLong error, with the limit that the service names in a field or in its text."""
    if isinstance(known, TooLong):
        from llmchat.providers.formats.context_windows import (
            window_named,  # re, so only for these errors
        )

        known.code = known.code or known.kind
        known.window = window_named(error, said)
    return known


def _error(data: dict[str, Any]) -> dict[str, Any]:
    error = data.get("error")
    return error if isinstance(error, dict) else {}
