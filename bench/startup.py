"""What a start costs: CPU, wall time and modules of every command, beside what it is compared with.

    python bench/startup.py [PYTHON] [--runs 21] [--history FILE]

Measures `PYTHON -m llmchat`, by default of this interpreter: the wrapper that pip writes for the
command is pip's. `ask` talks to a loopback server with an OpenAI-compatible answer of one token;
beside it runs a script of ten lines that does the same with asyncio, httpx and sqlite3, which also
reads the newest conversation where `ask -c` goes on with it; beside `history` one that does the
same with Typer and sqlite3, and `llm` where it is installed. FILE is a history.db that all of them
read; otherwise it has one conversation, and one more with each question. Figures
are medians of user and system time of the child process, in milliseconds, one command after the
other in each round; caches are warm. A ratio above its limit is marked.
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
NEWEST = "SELECT n FROM conversation WHERE deleted IS NULL ORDER BY updated DESC LIMIT 1"
async def main(url, path, history=None):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS turn (question TEXT, answer TEXT)")
    answer, messages = "", [{"role": "user", "content": "hi"}]
    if history:
        found = sqlite3.connect(history).execute(
            f"SELECT role, text FROM message WHERE conversation = ({NEWEST}) ORDER BY id")
        messages[:0] = [{"role": role, "content": text} for role, text in found]
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
TYPER_SCRIPT = """\
import sqlite3, time, typer
app = typer.Typer(add_completion=False, rich_markup_mode=None)
def show(path: str, sql: str, *values: object) -> None:
    db = sqlite3.connect(path)
    for row in db.execute(sql, values):
        print(*row, sep="  ")
    db.close()
@app.command("list")
def show_list(path: str, limit: int = 30) -> None:
    show(path, "SELECT id, updated, messages, model, title FROM conversation"
        " WHERE deleted IS NULL ORDER BY updated DESC LIMIT ?", limit)
@app.command()
def search(path: str, words: list[str], limit: int = 20) -> None:
    show(path, "SELECT c.id, m.created, c.title, m.text FROM words"
        " JOIN message AS m ON m.id = words.rowid JOIN conversation AS c ON c.n = m.conversation"
        " WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?", " ".join(words), limit)
app()
"""
ANSWER = (
    b'data: {"model":"m","choices":[{"delta":{"role":"assistant","content":"Hello"}}]}\n\n'
    b'data: {"model":"m","choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


BARE, TEN_LINES, TEN_ON = "python -c pass", "ten lines, one token", "ten lines, going on"
TYPER_LIST, TYPER_SEARCH = "Typer script: list", "Typer script: search"
# What a command is compared with, and how many times as much it may cost.
LIMITS = {
    "--version": (BARE, 1.25),
    "TAB on a model": (BARE, 1.6),
    "ask, one token": (TEN_LINES, 1.25),
    "ask -c, one token": (TEN_ON, 1.25),
    "history list": (TYPER_LIST, 1.3),
    "history search": (TYPER_SEARCH, 1.3),
}


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


def commands(python: str, url: str, folder: Path) -> dict[str, Sequence[str]]:
    llmchat, history = (python, "-m", "llmchat"), str(folder / "history.db")
    script, typer_script = folder / "ten_lines.py", folder / "typer_script.py"
    script.write_text(BASELINE, "utf-8")
    typer_script.write_text(TYPER_SCRIPT, "utf-8")
    found: dict[str, Sequence[str]] = {
        BARE: (python, "-c", "pass"),
        "--version": (*llmchat, "--version"),
        "TAB on a provider": (*llmchat, "__complete", "provider", "g"),
        "TAB on a model": (*llmchat, "__complete", "model", "gi"),
        "TAB on a conversation": (*llmchat, "__complete", "conversation", ""),
        "TAB on a template": (*llmchat, "__complete", "template", ""),
        "completion bash": (*llmchat, "completion", "bash"),
        "--help": (*llmchat, "--help"),
        "ask --help": (*llmchat, "ask", "--help"),
        "models": (*llmchat, "models"),
        "config list": (*llmchat, "config", "list"),
        "ask -p demo": (*llmchat, "ask", "-p", "demo", "hi"),
        TEN_LINES: (python, str(script), f"{url}/chat/completions", str(folder / "ten.db")),
        "ask, one token": (*llmchat, "ask", "-p", "box", "hi"),
        TEN_ON: (python, str(script), f"{url}/chat/completions", str(folder / "on.db"), history),
        "ask -c, one token": (*llmchat, "ask", "-c", "-p", "box", "hi"),
        TYPER_LIST: (python, str(typer_script), "list", history),
        "history list": (*llmchat, "history", "list"),
        TYPER_SEARCH: (python, str(typer_script), "search", history, "hi"),
        "history search": (*llmchat, "history", "search", "hi"),
    }
    llm = shutil.which("llm") or shutil.which("llm", path=str(Path(python).parent))
    if llm:
        found["llm --version"] = (llm, "--version")
        found["llm, one token"] = (llm, "-m", "local", "hi")
    return found


def environment(folder: Path, url: str) -> dict[str, str]:
    """A home of its own, with one server in the settings of llmchat and of llm."""
    (folder / "config.toml").write_text(
        f'[providers.box]\ntype = "openai"\nbase_url = "{url}"\nmodel = "m"\n', "utf-8"
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
    bare = costs[BARE].cpu
    lines = [f"{'':24}{'CPU ms':>8}{'wall ms':>9}{'modules':>9}{'x bare':>8}"]
    for name, cost in costs.items():
        row = f"{name:24}{cost.cpu:8.1f}{cost.wall:9.1f}{cost.modules:9}{cost.cpu / bare:8.2f}"
        lines.append(row + _beside(name, costs))
    return "\n".join(lines)


def _beside(name: str, costs: dict[str, Cost]) -> str:
    if name not in LIMITS:
        return ""
    other, limit = LIMITS[name]
    ratio = costs[name].cpu / costs[other].cpu
    mark = "  TOO MUCH" if ratio > limit else ""
    return f"   {ratio:.2f} x {other} (limit {limit}){mark}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("python", nargs="?", default=sys.executable, help="default: this one")
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--history", type=Path, help="a history.db to look at; it is copied")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving() as url:
        folder = Path(name)
        environ = environment(folder, url)
        python = str(Path(given.python).absolute())
        if given.history:
            shutil.copyfile(given.history, folder / "history.db")
        spawned([python, "-m", "llmchat", "ask", "-p", "demo", "hi"], environ)  # makes the history
        costs = interleaved(commands(python, url, folder), environ, folder, runs=given.runs)
        print(report(costs))
        print(f"conversations kept: {conversations(folder)}")


if __name__ == "__main__":
    main()
