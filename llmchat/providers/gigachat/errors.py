"""The errors of GigaChat's API, each with a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmchat.errors import LlmchatError
from llmchat.language import msg
from llmchat.providers.gigachat.hosts import CABINET
from llmchat.transport.errors.status import ERRORS, error_text, is_html, refusal

TEXTS = {  # for each HTTP status: what happened, and what to do
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
    # Also sent for a full context window:
    # developers.sber.ru/docs/ru/gigachat/api/errors-description
    413: ("the request is too large: {said}", "shorten the prompt or attach less"),
    422: ("GigaChat rejected the request: {said}", "check the model (-m) and the options (-o)"),
    429: ("GigaChat: {said}", "a personal key has one stream; wait, then try again"),
}


def api_refusal(status: int, headers: Mapping[str, str], body: bytes) -> LlmchatError:
    """The error for a refused API call, by its status; a page from a gateway or Cloudflare is
    explained as such."""
    error = refusal(status, headers, body)
    if status in TEXTS and type(error) is ERRORS[status] and not is_html(body):
        message, hint = TEXTS[status]
        error.message = msg(message, said=error_text(body) or f"HTTP {status}")
        error.hint = msg(hint, cabinet=CABINET)
        error.args = (error.message,)
    return error


def status_in(data: Mapping[str, Any]) -> int | None:
    """The status in `{"status": N, "message": ...}`, which may also come with HTTP 200."""
    status = data.get("status")
    if isinstance(status, int) and 400 <= status < 600 and "choices" not in data:
        return status
    return None
