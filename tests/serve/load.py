"""Sends many requests to a server; measures the time to the first token and the growth of its
process."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.serve.serving import KEY

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@dataclass(frozen=True)
class State:
    """Of a process: resident memory in MB, and open descriptors."""

    memory: float
    descriptors: int


def state(pid: int) -> State:
    status = Path(f"/proc/{pid}/status").read_text()
    kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return State(int(kb) / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())))


def first_token(url: str, model: str) -> float:
    """Milliseconds from a new connection to the first chunk; the answer must be complete."""
    parts = urlsplit(url)
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True}
    began = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("POST", f"{parts.path}/chat/completions", json.dumps(body), HEADERS)
    reply = connection.getresponse()
    said = reply.read(1)
    took = (time.monotonic() - began) * 1000
    said += reply.read()
    connection.close()
    if reply.status != 200 or not said.endswith(b"data: [DONE]\n\n"):
        raise ConnectionError(f"{reply.status}: {said[-200:]!r}")
    return took


def together(url: str, model: str, seconds: float, clients: int = 16) -> list[float]:
    """Concurrent clients, each of which asks again when it has its answer."""
    end = time.monotonic() + seconds

    def one(_: int) -> list[float]:
        times = []
        while time.monotonic() < end:
            times.append(first_token(url, model))
        return times

    with ThreadPoolExecutor(clients) as pool:
        return [took for times in pool.map(one, range(clients)) for took in times]
