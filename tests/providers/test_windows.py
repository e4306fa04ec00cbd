"""The size of a window in the words of services that refused more."""

from __future__ import annotations

import json

import pytest

from llmchat.errors import TooLong
from llmchat.providers.wire.codes import explained

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
