"""The size of a window in the words of services that refused more."""

from __future__ import annotations

import json

import pytest

from llmchat.errors import TooLong
from llmchat.providers.formats.codes import explained

SAID = [
    (
        "Its maximum context length is 8192 tokens. However, you requested 9000 tokens",
        8192,
    ),
    ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
    (
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        1_048_576,
    ),
    ("maximum context length of 8,000 tokens exceeded", 8000),
    ("maximum context length exceeded", 0),
    ("Prompt contains 40046 tokens, too large for model with 32768 maximum context length", 32_768),
    ("The decoder prompt (length 9001) is longer than the maximum model length of 4096.", 4096),
    (
        "Trying to keep the first 9001 tokens when context the overflows. However, the model is"
        " loaded with context length of only 4096 tokens, which is not enough."
        " Try to load the model with a larger context length, or provide a shorter input",
        4096,
    ),
    (
        "The number of tokens to keep from the initial prompt is greater than the context length"
        " (n_keep: 9001>= n_ctx: 4096). Try to load the model with a larger context length",
        4096,
    ),
]


@pytest.mark.parametrize(("said", "window"), SAID)
def test_the_number_is_read(said: str, window: int) -> None:
    body = json.dumps({"error": {"message": said, "type": "invalid_request_error"}}).encode()
    error = explained(400, {}, body)
    assert isinstance(error, TooLong)
    assert (error.window, error.status) == (window, 400)


def test_a_field_wins_over_the_words() -> None:
    fields = {"type": "exceed_context_size_error", "n_ctx": 4096, "n_prompt_tokens": 9001}
    said = "the request exceeds the available context size, try increasing it"
    error = explained(400, {}, json.dumps({"error": {"message": said, **fields}}).encode())
    assert isinstance(error, TooLong)
    assert error.window == 4096


def test_an_error_in_a_list_is_read_like_any() -> None:
    said = "The input token count (9001) exceeds the maximum number of tokens allowed (4096)."
    error = explained(400, {}, json.dumps([{"error": {"code": 400, "message": said}}]).encode())
    assert isinstance(error, TooLong)
    assert error.window == 4096


@pytest.mark.parametrize("status", [413, 429])
def test_more_than_a_minute_may_have_is_too_long_for_ever(status: int) -> None:
    said = "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 14368"
    body = {"error": {"message": said, "type": "tokens", "code": "rate_limit_exceeded"}}
    error = explained(status, {}, json.dumps(body).encode())
    assert isinstance(error, TooLong)
    assert error.window == 6000
