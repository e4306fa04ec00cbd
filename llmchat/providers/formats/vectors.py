"""Embeddings: reads the vectors that a service returns for texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain

from llmchat.errors import NotAnAnswer, Timeout
from llmchat.language import msg
from llmchat.providers.formats.readers import json_object

LARGEST = 128 << 20  # bytes of a reply: 2,048 texts of 3,072 numbers
FARTHEST = 3.4e38  # the limit of 32-bit floats


@dataclass(frozen=True, slots=True)
class Vectors:
    """A vector for each text, and the tokens of all of them."""

    rows: tuple[tuple[float, ...], ...]
    tokens: int = 0


def vectors_in(body: bytes, count: int) -> Vectors:
    """Reads a list of embeddings in OpenAI's format, or in GigaChat's, which counts tokens per
    row."""
    data = json_object(body) or {}
    try:
        listed = sorted(enumerate(data["data"]), key=lambda row: row[1].get("index", row[0]))
        rows = tuple(tuple(map(float, row["embedding"])) for _, row in listed)
        counts = chain([data], data["data"] if "usage" not in data else [])
        tokens = sum(int(row.get("usage", {}).get("prompt_tokens", 0)) for row in counts)
        if not all(abs(number) <= FARTHEST for row in rows for number in row):
            raise ValueError("no number, or too large a one")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise NotAnAnswer(msg("the reply contains no embeddings")) from None
    if len(rows) != count:
        raise NotAnAnswer(
            msg("received {count} embeddings for {count2} texts", count=len(rows), count2=count)
        )
    return Vectors(rows, tokens)


@asynccontextmanager
async def in_time(seconds: float) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Timeout(msg("no embeddings within {seconds:g} s", seconds=seconds)) from None
