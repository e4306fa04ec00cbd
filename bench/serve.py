"""Measures what `llmchat serve` adds: the time to the first token compared with the upstream server
(medians), and the memory and descriptors of its process after many requests in turn and sixteen at
once.

    python bench/serve.py [REQUESTS] [SECONDS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.serve.load import first_token, state, together
from tests.serve.serving import serving
from tests.servers.crowd import Crowd


def main(count: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder, Crowd().running() as crowd:
        more = {"OPENAI_BASE_URL": crowd.url, "OPENAI_API_KEY": "sk-test"}
        with serving(Path(folder) / "home", "-p", "openai", **more) as running:
            together(running.base, "openai/m", 2)
            before = state(running.process.pid)
            straight, served = [], []
            for _ in range(count):
                straight.append(first_token(crowd.url, "m"))
                served.append(first_token(running.base, "openai/m"))
            between = state(running.process.pid)
            many = together(running.base, "openai/m", seconds)
            after = state(running.process.pid)
    print(f"first token: straight {median(straight):.1f} ms, served {median(served):.1f} ms")
    print(f"{count} in turn: {before.memory:.1f} MB, then {between.memory:.1f} MB")
    print(f"16 at once for {seconds:g} s: {len(many)} answers, each whole; {after.memory:.1f} MB")
    print(f"descriptors: {before.descriptors}, {between.descriptors}, then {after.descriptors}")


if __name__ == "__main__":
    requests, seconds = (*sys.argv[1:], *("1000", "120")[len(sys.argv) - 1 :])
    main(int(requests), float(seconds))
