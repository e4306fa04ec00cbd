"""Prints what `llmchat serve` adds: the first token beside straight from the upstream (medians),
and the memory and descriptors of its process after many requests.

    python bench/serve.py [REQUESTS]
"""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.serve.serving import KEY, serving
from tests.servers.crowd import Crowd

BODY = {"model": "openai/m", "messages": [{"role": "user", "content": "hi"}], "stream": True}


def first_token(url: str, model: str) -> float:
    """Milliseconds from a new connection to the first byte of a chunk."""
    parts = urlsplit(url)
    began = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    content = json.dumps({**BODY, "model": model})
    connection.request("POST", f"{parts.path}/chat/completions", content, headers)
    reply = connection.getresponse()
    reply.read(1)
    took = (time.monotonic() - began) * 1000
    reply.read()
    connection.close()
    return took


def state(pid: int) -> tuple[float, int]:
    """Resident memory in MB, and open descriptors."""
    status = Path(f"/proc/{pid}/status").read_text()
    kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kb) / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Crowd().running() as crowd:
        more = {"OPENAI_BASE_URL": crowd.url, "OPENAI_API_KEY": "sk-test"}
        with serving(Path(folder) / "home", "-p", "openai", **more) as running:
            for _ in range(50):
                first_token(running.base, "openai/m")
            before = state(running.process.pid)
            straight, served = [], []
            for _ in range(count):
                straight.append(first_token(crowd.url, "m"))
                served.append(first_token(running.base, "openai/m"))
            after = state(running.process.pid)
    print(f"first token: straight {median(straight):.1f} ms, served {median(served):.1f} ms")
    print(f"memory: {before[0]:.1f} MB, then {after[0]:.1f} MB after {count} requests")
    print(f"descriptors: {before[1]}, then {after[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
