"""Replies without content that never end: they are ended by their size, not by a deadline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmchat.providers import stages
from llmchat.values.endpoint import Endpoint
from llmchat.values.flood_limits import MOST_FILLER, MOST_WORDLESS
from tests.providers.conftest import Asking
from tests.servers.network import body
from tests.servers.scripted import SSE

PLACE = Endpoint(base_url="http://127.0.0.1:9/v1", retries=0)
ROLE = b'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n' * 1000
WORD = b'data: {"choices":[{"delta":{"content":"word"}}]}\n\n'
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'


def again(piece: bytes, size: int) -> Iterator[bytes]:
    for _ in range(size // len(piece) + 1):
        yield piece


@pytest.mark.parametrize(
    ("piece", "size", "told"),
    [(b"\n" * 60_000, MOST_FILLER, "over 1 MB"), (ROLE, MOST_WORDLESS, "over 20 MB")],
    ids=["blanks before an answer", "frames without a word"],
)
async def test_what_says_nothing_has_an_end(
    ask: Asking, piece: bytes, size: int, told: str
) -> None:
    heard = await ask(
        "llamacpp", body([*again(piece, size), WORD, STOP], SSE), endpoint=PLACE, model="m"
    )
    error = heard.failed()
    assert (error.kind, error.exit_code) == ("no_answer", 8)
    assert told in error.message


async def test_a_word_sets_the_count_back(ask: Asking) -> None:
    half = [*again(ROLE, MOST_WORDLESS // 10)]  # a frame weighs four times its bytes
    pieces = [b"\n" * 60_000, *half, WORD, *half, WORD, *half, WORD, STOP]
    heard = await ask("llamacpp", body(pieces, SSE), endpoint=PLACE, model="m")
    assert heard.text == "word" * 3


THOUGHT = b'data: {"choices":[{"delta":{"reasoning_content":"x"}}]}\n\n'
FEW = 1000


@pytest.mark.parametrize("piece", [THOUGHT, WORD], ids=["thoughts", "words"])
async def test_more_pieces_than_a_model_writes_have_an_end(
    ask: Asking, monkeypatch: pytest.MonkeyPatch, piece: bytes
) -> None:
    monkeypatch.setattr(stages, "MOST_PIECES", FEW + 1)
    whole = await ask(
        "llamacpp", body([piece] * FEW + [WORD, STOP], SSE), endpoint=PLACE, model="m"
    )
    cut = await ask("llamacpp", body([piece] * FEW * 2, SSE), endpoint=PLACE, model="m")
    error = cut.failed()
    assert (error.kind, error.exit_code) == ("incomplete", 10)
    assert "pieces" in error.message
    assert (whole.error, whole.text[-4:]) == (None, "word")
    assert len(cut.events) == FEW + 1
