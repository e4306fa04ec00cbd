"""Finds OpenAI-compatible servers on this machine at their usual ports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit

PATIENCE = 0.3  # seconds per step; a server on this machine answers quickly or is not there
ALTOGETHER = 1.0  # seconds in all; whatever listens there may send data slowly forever
LARGEST = 1_000_000  # bytes of a list of models


def answering(addresses: Mapping[str, str]) -> list[str]:
    """The servers that list at least one model, in the given order. They are contacted without a
    proxy, concurrently."""
    found: set[str] = set()

    def look(name: str, address: str) -> None:
        if _lists_models(address):
            found.add(name)

    looks = [Thread(target=look, args=row, daemon=True) for row in addresses.items()]
    for one in looks:
        one.start()
    end = monotonic() + ALTOGETHER
    for one in looks:
        one.join(max(0.0, end - monotonic()))
    return [name for name in addresses if name in found]


def _lists_models(address: str) -> bool:
    """Whether the address returns a list of models; anything may listen on such a port."""
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
    with suppress(ValueError, RecursionError):
        data = json.loads(body)
        rows = data.get("data") if isinstance(data, dict) else None
        return bool(rows) and isinstance(rows, list) and all(map(_is_model, rows))
    return False


def _is_model(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), str)
