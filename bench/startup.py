"""What a start costs: CPU, wall time and modules of every command, beside a bare interpreter.

    python bench/startup.py [PATH-TO-LLMCHAT] [--runs 20]

Without a path it measures the llmchat beside this interpreter. `ask` talks to a loopback server
with an OpenAI-compatible answer of one token; next to it runs a script of ten lines that does the
same with asyncio, httpx and sqlite3, and `llm` where it is installed. Figures are medians of user
and system time of the child process, in milliseconds; caches are warm.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

BASELINE = """\
import asyncio, httpx, json, sqlite3, sys
async def main(url, path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS turn (question TEXT, answer TEXT)")
    answer, messages = "", [{"role": "user", "content": "hi"}]
    body = {"model": "m", "stream": True, "messages": messages}
    async with httpx.AsyncClient() as client, client.stream("POST", url, json=body) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("data: {"):
                answer += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
    print(answer)
    with db:
        db.execute("INSERT INTO turn VALUES (?, ?)", ("hi", answer))
asyncio.run(main(*sys.argv[1:]))
"""
ANSWER = (
    b'data: {"model":"m","choices":[{"delta":{"role":"assistant","content":"Hello"}}]}\n\n'
    b'data: {"model":"m","choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one command, and the number of modules it loads."""

    cpu: float
    wall: float
    modules: int


class Server(BaseHTTPRequestHandler):
    """One token for every question."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "m"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


def spawned(command: Sequence[str], environ: dict[str, str], *, errors: str = os.devnull) -> float:
    """Runs it with pipes for streams; CPU in milliseconds."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    number = os.posix_spawn(command[0], list(command), environ, file_actions=actions)
    _, status, usage = os.wait4(number, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def modules(command: Sequence[str], environ: dict[str, str], folder: Path) -> int:
    """Counted by the interpreter itself."""
    told = folder / "importtime"
    spawned(command, environ | {"PYTHONPROFILEIMPORTTIME": "1"}, errors=str(told))
    return told.read_text("utf-8", errors="replace").count("import time:") - 1


def interleaved(
    commands: dict[str, Sequence[str]], environ: dict[str, str], folder: Path, *, runs: int
) -> dict[str, Cost]:
    """Each command once a round, so that a busy machine is busy for all of them."""
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    wall: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 2):
        for name, command in commands.items():
            begin = time.perf_counter()
            spent = spawned(command, environ)
            if turn >= 2:  # the first two warm the caches
                cpu[name].append(spent)
                wall[name].append((time.perf_counter() - begin) * 1000)
    return {
        name: Cost(median(cpu[name]), median(wall[name]), modules(command, environ, folder))
        for name, command in commands.items()
    }


def commands(llmchat: str, url: str, folder: Path) -> dict[str, Sequence[str]]:
    python = str(Path(llmchat).with_name("python"))
    script = folder / "ten_lines.py"
    script.write_text(BASELINE, "utf-8")
    ten_lines = (python, str(script), f"{url}/chat/completions", str(folder / "ten.db"))
    found: dict[str, Sequence[str]] = {
        "python -c pass": (python, "-c", "pass"),
        "--version": (llmchat, "--version"),
        "TAB on a provider": (llmchat, "__complete", "provider", "g"),
        "TAB on a model": (llmchat, "__complete", "model", "gi"),
        "TAB on a conversation": (llmchat, "__complete", "conversation", ""),
        "TAB on a template": (llmchat, "__complete", "template", ""),
        "completion bash": (llmchat, "completion", "bash"),
        "--help": (llmchat, "--help"),
        "ask --help": (llmchat, "ask", "--help"),
        "models": (llmchat, "models"),
        "config list": (llmchat, "config", "list"),
        "history list": (llmchat, "history", "list"),
        "ask -p demo": (llmchat, "ask", "-p", "demo", "hi"),
        "ten lines, one token": ten_lines,
        "ask, one token": (llmchat, "ask", "-p", "local", "hi"),
    }
    llm = shutil.which("llm") or shutil.which("llm", path=str(Path(llmchat).parent))
    if llm:
        found["llm --version"] = (llm, "--version")
        found["llm, one token"] = (llm, "-m", "local", "hi")
    return found


def surroundings(folder: Path, url: str) -> dict[str, str]:
    """A home of its own, with one server in the settings of llmchat and of llm."""
    (folder / "config.toml").write_text(
        f'[providers.local]\ntype = "openai"\nbase_url = "{url}"\nmodel = "m"\n', "utf-8"
    )
    (folder / "llm").mkdir()
    (folder / "llm" / "extra-openai-models.yaml").write_text(
        f"- model_id: local\n  model_name: m\n  api_base: {url}\n", "utf-8"
    )
    dropped = ("LLMCHAT_", "XDG_", "PYTHON", "HTTP_", "HTTPS_", "ALL_", "http", "all_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {
        "HOME": str(folder),
        "LLMCHAT_HOME": str(folder),
        "LLM_USER_PATH": str(folder / "llm"),
        "OPENAI_API_KEY": "none",
    }


def conversations(folder: Path) -> int:
    with sqlite3.connect(folder / "history.db") as connection:
        return int(connection.execute("SELECT count(*) FROM conversation").fetchone()[0])


def report(costs: dict[str, Cost]) -> str:
    bare = costs["python -c pass"].cpu
    script = costs["ten lines, one token"].cpu
    lines = [f"{'':24}{'CPU ms':>8}{'wall ms':>9}{'modules':>9}{'x bare':>8}{'x script':>9}"]
    for name, cost in costs.items():
        beside = f"{cost.cpu / script:9.2f}" if "token" in name else ""
        row = f"{name:24}{cost.cpu:8.1f}{cost.wall:9.1f}{cost.modules:9}{cost.cpu / bare:8.2f}"
        lines.append(row + beside)
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    beside = str(Path(sys.executable).with_name("llmchat"))
    parser.add_argument("llmchat", nargs="?", default=beside, help="default: beside this python")
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    llmchat = str(Path(given.llmchat).absolute())
    with tempfile.TemporaryDirectory() as name, serving() as url:
        folder = Path(name)
        environ = surroundings(folder, url)
        costs = interleaved(commands(llmchat, url, folder), environ, folder, runs=given.runs)
        print(report(costs))
        print(f"conversations kept: {conversations(folder)}")


if __name__ == "__main__":
    main()
