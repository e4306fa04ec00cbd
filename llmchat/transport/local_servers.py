"""Finds OpenAI-compatible servers that run on this machine, on their usual ports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

PATIENCE = 0.3  # seconds for each step; a server on this machine answers at once or is not there
LARGEST = 1_000_000  # bytes of a list of models


def answering(addresses: Mapping[str, str]) -> list[str]:
    """Those whose server lists at least one model, in the order given. They are asked directly,
    whatever proxy is set, and all at once."""
    if not addresses:
        return []
    with ThreadPoolExecutor(len(addresses)) as pool:
        found = list(pool.map(_lists_models, addresses.values()))
    return [name for name, answers in zip(addresses, found, strict=True) if answers]


def _lists_models(address: str) -> bool:
    """Anything may listen on such a port: only a list of models will do."""
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        return False
    connection = HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/models")
        reply = connection.getresponse()
        return reply.status == 200 and _is_list(reply.read(LARGEST))
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _is_list(body: bytes) -> bool:
    with suppress(ValueError):
        data = json.loads(body)
        rows = data.get("data") if isinstance(data, dict) else None
        return bool(rows) and isinstance(rows, list) and all(map(_is_model, rows))
    return False


def _is_model(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str)
