"""What a person waits for: Enter to the request on the wire, first byte to first glyph.

    python bench/wait.py [PATH-TO-LLMCHAT] [--runs 20] [--think 300]

A server on loopback notes when a question has come whole, thinks for so many milliseconds, and
notes when it sends the first byte. `llmchat ask` runs in a pipe and at a pseudo-terminal, beside a
script of ten lines with httpx, in turns. Figures are medians in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import NamedTuple

SCRIPT = """\
import asyncio, httpx, json, sys
async def main(url):
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    async with httpx.AsyncClient() as client, client.stream("POST", url, json=body) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("data: {"):
                piece = json.loads(line[6:])["choices"][0]["delta"].get("content", "")
                print(piece, end="", flush=True)
    print()
asyncio.run(main(sys.argv[1]))
"""
GLYPH = b"Glyph"
FIRST = b'data: {"model":"m","choices":[{"delta":{"role":"assistant","content":"Glyph"}}]}\n\n'
REST = b'data: {"model":"m","choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
SECONDS = 60  # nothing takes so long that works


class Wait(NamedTuple):
    """Milliseconds."""

    to_wire: float
    to_glyph: float


class Thinking(ThreadingHTTPServer):
    """Answers one question at a time, and records when."""

    def __init__(self, think: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.think = think
        self.asked = self.answered = 0.0


class Handler(BaseHTTPRequestHandler):
    server: Thinking

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = time.perf_counter()
        time.sleep(self.server.think)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.server.answered = time.perf_counter()
        self.wfile.write(FIRST)
        time.sleep(0.2)  # the answer goes on; what is first must be seen before
        self.wfile.write(REST)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(think: float) -> Iterator[Thinking]:
    server = Thinking(think)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def asked(argv: Sequence[str], environ: dict[str, str], server: Thinking, *, tty: bool) -> Wait:
    """One run, from the moment at which a shell would start it."""
    ours, theirs = pty.openpty() if tty else os.pipe()
    begin = time.perf_counter()
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, env=environ
    ) as process:
        os.close(theirs)
        seen = _glyph(ours)
        while select.select([ours], [], [], SECONDS)[0] and _read(ours):
            pass
        if process.wait(SECONDS):
            raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}")
    os.close(ours)
    return Wait((server.asked - begin) * 1000, (seen - server.answered) * 1000)


def _glyph(stream: int) -> float:
    """When the first word of the answer was visible."""
    data = b""
    while GLYPH not in data:
        if not select.select([stream], [], [], SECONDS)[0]:
            raise SystemExit("no answer came")
        piece = _read(stream)
        if not piece:
            raise SystemExit(f"no answer in {data!r}")
        data += piece
    return time.perf_counter()


def _read(stream: int) -> bytes:
    try:
        return os.read(stream, 65536)
    except OSError:  # the other end of a pseudo-terminal is closed: how Linux says the end
        return b""


def environ_of(folder: Path, url: str) -> dict[str, str]:
    (folder / "config.toml").write_text(
        f'[providers.box]\ntype = "openai"\nbase_url = "{url}"\nmodel = "m"\n', "utf-8"
    )
    dropped = ("LLMCHAT_", "XDG_", "PYTHON", "HTTP", "ALL_", "http", "all_", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"HOME": str(folder), "LLMCHAT_HOME": str(folder), "TERM": "xterm-256color"}


def measured(llmchat: str, *, runs: int, think: float) -> dict[str, list[Wait]]:
    """Each way once a round, so that a busy machine is busy for all of them."""
    waits: dict[str, list[Wait]] = {}
    with tempfile.TemporaryDirectory() as name, serving(think) as server:
        folder, url = Path(name), f"http://127.0.0.1:{server.server_address[1]}/v1"
        environ = environ_of(folder, url)
        script = folder / "ten_lines.py"
        script.write_text(SCRIPT, "utf-8")
        python = str(Path(llmchat).with_name("python"))
        ask = (llmchat, "ask", "-p", "box", "hi")
        ten = (python, str(script), f"{url}/chat/completions")
        for turn in range(runs + 1):
            for what, argv in (("ten lines", ten), ("llmchat ask", ask)):
                for tty in (False, True):
                    wait = asked(argv, environ, server, tty=tty)
                    if turn:  # the first round warms the caches
                        place = "terminal" if tty else "pipe"
                        waits.setdefault(f"{what}, {place}", []).append(wait)
    return waits


def report(waits: dict[str, list[Wait]]) -> str:
    lines = [f"{'':24}{'to the wire':>14}{'byte to glyph':>16}"]
    wire = {name: median(wait.to_wire for wait in some) for name, some in waits.items()}
    for name, some in waits.items():
        glyph = median(wait.to_glyph for wait in some)
        lines.append(f"{name:24}{wire[name]:11.1f} ms{glyph:13.1f} ms")
    later = wire["llmchat ask, terminal"] / wire["llmchat ask, pipe"]
    return "\n".join([*lines, f"at a terminal the request leaves {later:.2f} times as late"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    beside = str(Path(sys.executable).with_name("llmchat"))
    parser.add_argument("llmchat", nargs="?", default=beside, help="default: beside this python")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--think", type=float, default=300, help="ms before the first byte")
    given = parser.parse_args()
    llmchat = str(Path(given.llmchat).absolute())
    print(report(measured(llmchat, runs=given.runs, think=given.think / 1000)))


if __name__ == "__main__":
    main()
