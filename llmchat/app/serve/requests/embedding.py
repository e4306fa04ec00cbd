"""`POST /v1/embeddings`: returns vectors for texts, as numbers or as base64."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmchat.app.serve.refusals import BadField
from llmchat.app.serve.requests.asked import model_in

if TYPE_CHECKING:
    from llmchat.app.serve.log import LogEntry
    from llmchat.app.serve.service import Service

MOST_TEXTS = 2048
TOKENS = (
    "numbers of tokens are not taken, because every model counts its own; send texts "
    "(in langchain: check_embedding_ctx_length=False)"
)


def texts_in(body: Mapping[str, Any]) -> list[str]:
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or len(texts) > MOST_TEXTS:
        raise BadField("input", f"must be a text, or a list of 1 to {MOST_TEXTS} texts")
    if any(isinstance(text, int | list) for text in texts):
        raise BadField("input", TOKENS)
    if not all(isinstance(text, str) and text for text in texts):
        raise BadField("input", "must be texts that are not empty")
    return texts


async def embedded(service: Service, body: Mapping[str, Any], entry: LogEntry) -> dict[str, Any]:
    from llmchat.values.events import Usage

    texts, coding = texts_in(body), body.get("encoding_format") or "float"
    if coding not in ("float", "base64"):
        raise BadField("encoding_format", "must be float or base64")
    dimensions = body.get("dimensions")
    if dimensions is not None and not (type(dimensions) is int and dimensions > 0):
        raise BadField("dimensions", "must be a number above 0")
    wanted = model_in(body)
    name, model = service.models.find(wanted)[0]
    entry.provider = name
    await service.admit_texts(name, texts)
    pooled = service.pool.open(name)
    try:
        async with pooled.turn():
            vectors = await pooled.provider.embed(texts, model=model, dimensions=dimensions)
    finally:
        await pooled.aclose()
    entry.usage = Usage(vectors.tokens, 0, vectors.tokens)
    if service.context.settings.has_budget:
        from llmchat.app.ask.spending_notes import note_spent  # only with a budget

        note_spent(service.context, name, model, entry.usage)
    rows = [
        {"object": "embedding", "index": index, "embedding": _coded(row, coding)}
        for index, row in enumerate(vectors.rows)
    ]
    usage = {"prompt_tokens": vectors.tokens, "total_tokens": vectors.tokens}
    return {"object": "list", "data": rows, "model": wanted or "default", "usage": usage}


def _coded(row: Sequence[float], coding: str) -> object:
    """The vector as base64 of little-endian 32-bit floats, which OpenAI's library asks for."""
    if coding == "float":
        return list(row)
    return base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode()
