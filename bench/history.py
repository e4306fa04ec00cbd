"""What the history costs: python bench/history.py [--sizes 1000,10000,100000] [--keep FOLDER]

Fills a history with conversations of ten messages in Russian, English and Chinese, then measures
whole processes (list, continue, search) beside a bare Python that opens the same file and runs one
indexed query, and turns (insert) beside plain sqlite3. `llm` is measured too if it is installed.
`--torture N` kills N processes at random moments, and runs 20 x 10 turns at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llmchat.store.history.history import History
from llmchat.store.history.merging.merge import Merge
from llmchat.store.history.merging.portable import Skipped, fitted
from llmchat.store.history.naming import new_id
from llmchat.store.history.writing.turns import Opening
from llmchat.store.search import index
from llmchat.values.events import Delta, Finish
from llmchat.values.turn import Turn

RUNS = 15
MESSAGES = 10
START = 1_600_000_000.0
TALKER = Path(__file__).parent.parent / "tests" / "store" / "talker.py"

ALPHABETS = ("абвгдежзиклмнопрстухчшя", "abcdefghiklmnoprstuw")
VOCABULARY = 20_000  # words of a language that are used
CHINESE = "".join(chr(0x4E00 + n) for n in range(0, 9000, 3))
SEARCHES = {
    "Russian": "редкость",
    "English": "rareness",
    "Chinese": "珍稀",
    "common": "модель",
    "rare provider": "модель provider:none",
}

BARE = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("SELECT id, title, updated FROM conversation WHERE deleted IS NULL "
          "ORDER BY updated DESC LIMIT 30").fetchall()
"""
OPEN = "import sys; from llmchat.store.history.history import History; h = History(sys.argv[1]); "
PROCESSES = {
    "bare python": BARE,
    "list": OPEN + "h.recent()",
    "continue": OPEN + "h.branch(h.find('last'))",
    **{f"search {n}": OPEN + f"h.search({w!r})" for n, w in SEARCHES.items()},
}


def vocabulary(alphabet: str) -> list[str]:
    chance = random.Random(alphabet)
    return ["".join(chance.choices(alphabet, k=chance.randint(2, 11))) for _ in range(VOCABULARY)]


WORDS = tuple(vocabulary(alphabet) for alphabet in ALPHABETS)


def often(chance: random.Random, count: int) -> int:
    """A random index, more often a low one, as words of a language are distributed."""
    return int(count ** chance.random()) - 1


def text(chance: random.Random, length: int) -> str:
    kind = chance.random()
    if kind < 0.2:
        return "".join(CHINESE[often(chance, len(CHINESE))] for _ in range(length // 2)) + "。"
    known = WORDS[kind < 0.6]
    said = [known[often(chance, VOCABULARY)] for _ in range(length // 7)]
    return " ".join((*said, "модель"))


def conversation(number: int, chance: random.Random, *, rare: bool) -> dict[str, Any]:
    created = START + number * 60
    messages = []
    for place in range(MESSAGES):
        said = text(chance, 120 if place % 2 == 0 else 700)
        if rare and place == 1:
            said += " редкость rareness 珍稀"
        role = "assistant" if place % 2 else "user"
        messages.append(
            {
                "id": place + 1,
                "parent": place or None,
                "role": role,
                "state": "complete",
                "created": created + place,
                "text": said,
                "provider": "demo" if place % 2 else "",
                "model": "demo" if place % 2 else "",
            }
        )
    return {"id": new_id(), "created": created, "updated": created + 10, "messages": messages}


def fill(history: History, count: int) -> float:
    chance = random.Random(count)
    begun = time.perf_counter()
    for start in range(0, count, 500):
        chunk = [
            conversation(n, chance, rare=n % (count // 20) == 7)
            for n in range(start, min(start + 500, count))
        ]
        history.store(lambda c, chunk=chunk: put(c, chunk))  # type: ignore[misc]  # a lambda with a default
    return time.perf_counter() - begun


def put(connection: sqlite3.Connection, chunk: list[dict[str, Any]]) -> None:
    merge = Merge(connection)
    for one in chunk:
        if kept := fitted(one, Skipped()):
            merge.put(kept)
    merge.flush()


def milliseconds(work: Callable[[], object], *, runs: int = RUNS) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def processes(path: Path) -> dict[str, float]:
    """Times the kinds in turn, round after round, so that a busy machine affects all of them.
    Without a time-out, because waiting with one polls in steps of up to 50 ms."""
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    taken: dict[str, list[float]] = {name: [] for name in PROCESSES}
    for number in range(RUNS + 1):
        for name, code in PROCESSES.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=environ)
            if number:  # the first round warms the caches
                taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


async def turn(history: History) -> float:
    """One question and answer through the journal, as in `ask`."""
    begun = time.perf_counter()
    journal = history.journal(Opening(new_id(), "вопрос", provider="demo", model="demo"))
    journal.start()
    await journal.begun()
    said = Turn("demo", "demo", time.monotonic)
    said.take(Delta("ответ " * 100))
    said.take(Finish("stop", "demo"))
    await journal.settle(said)
    return (time.perf_counter() - begun) * 1000


async def turns(history: History) -> float:
    return statistics.median([await turn(history) for _ in range(50)])


def forget_turns(connection: sqlite3.Connection) -> None:
    said = "(SELECT n FROM conversation WHERE title = 'вопрос')"
    for message, text in connection.execute(
        f"SELECT id, text FROM message WHERE conversation IN {said}"
    ).fetchall():
        index.remove(connection, message, text)
    connection.execute(f"DELETE FROM message WHERE conversation IN {said}")
    connection.execute("DELETE FROM conversation WHERE title = 'вопрос'")


def plain_insert(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, text TEXT)")

    def two_commits() -> None:
        for said in ("вопрос", "ответ " * 100):
            connection.execute("INSERT INTO said (text) VALUES (?)", (said,))

    return milliseconds(two_commits, runs=50)


def measure(path: Path) -> Iterator[tuple[str, float]]:
    medians = processes(path)
    for name, taken in medians.items():
        yield f"{name} ({taken / medians['bare python']:.2f} x bare)", taken
    history = History(path)
    for name, wanted in SEARCHES.items():
        yield f"search {name}, in the process", milliseconds(lambda w=wanted: history.search(w))  # type: ignore[misc]  # a lambda with a default
    yield (
        "search common, ranked",
        milliseconds(lambda: history.search(SEARCHES["common"], rank=True), runs=3),
    )
    taken = asyncio.run(turns(history))
    history.store(forget_turns)  # so that another measurement has the same history
    yield "insert: a turn through the journal", taken
    yield "insert: plain sqlite3, two commits", plain_insert(path.with_name("plain.db"))
    if shutil.which("llm"):
        listing = ["llm", "logs", "list", "-n", "3"]
        yield (
            "llm logs list",
            milliseconds(lambda: subprocess.run(listing, capture_output=True, timeout=60), runs=5),
        )


def torture(folder: Path, times: int) -> None:
    chance = random.Random(7)
    worst = 0.0
    path = folder / "tortured.db"
    lost = 0
    for _ in range(times):
        worst, lost = killed_once(path, chance, worst, lost)
    whole = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()[0]
    kept = History(path).recent(limit=-1)
    print(f"kill -9 x {times}: {whole}, {len(kept)} questions kept, {lost} answers wrong,")
    print(f"  farthest behind the screen {worst * 1000:.0f} ms")
    together(folder / "together.db")


def talk(path: Path, pieces: int, pause: float) -> subprocess.Popen[bytes]:
    arguments = [str(path), str(pieces), str(pause), "finish", "why?"]
    command = [sys.executable, "-u", str(TALKER), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)


def killed_once(path: Path, chance: random.Random, worst: float, lost: int) -> tuple[float, int]:
    running = talk(path, 10_000, 0.01)
    assert running.stdout
    shown: list[tuple[float, bytes]] = [(time.monotonic(), running.stdout.read(4096))]
    until = time.monotonic() + chance.random() * 1.5
    while time.monotonic() < until:
        shown.append((time.monotonic(), running.stdout.read(4096)))
    running.send_signal(signal.SIGKILL)
    end = time.monotonic()
    shown.append((end, running.stdout.read()))
    running.wait(10)
    history = History(path)
    answer = history.branch(history.find("last"))[-1]
    history.close()
    text = b"".join(piece for _, piece in shown).decode()
    right = answer.state == "interrupted" and text.startswith(answer.text)
    length = 0
    for when, piece in shown:
        length += len(piece.decode())
        if length > len(answer.text):
            return max(worst, end - when), lost + (not right)
    return worst, lost + (not right)


def together(path: Path) -> None:
    """20 processes, 10 turns each, on a file that does not exist yet."""
    begun = time.monotonic()
    code = f"""
import subprocess, sys
for n in range(10):
    done = subprocess.run([sys.executable, {str(TALKER)!r}, {str(path)!r}, "3", "0.001", "finish",
        f"turn {{n}}"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
"""
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(20)]
    wrong = sum(one.wait(600) != 0 for one in running)
    history = History(path)
    answers = [history.branch(row)[-1] for row in history.recent(limit=-1)]
    complete = sum(answer.state == "complete" for answer in answers)
    slowest = max(answer.total_ms or 0 for answer in answers)
    print(f"20 x 10 turns: {complete} of 200 complete, {wrong} processes failed,")
    print(f"  {time.monotonic() - begun:.1f} s in all, slowest turn {slowest} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--keep", type=Path, help="leave the files in this folder")
    parser.add_argument("--torture", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="llmchat-bench-"))
    folder.mkdir(exist_ok=True, parents=True)
    print(f"SQLite {sqlite3.sqlite_version}, Python {sys.version.split()[0]}")
    if arguments.torture:
        torture(folder, arguments.torture)
    for size in (int(s) for s in arguments.sizes.split(",") if s):
        path = folder / f"{size}.db"
        if not path.exists():
            seconds = fill(History(path), size)
            rate = size * MESSAGES / seconds
            print(
                f"\n{size} conversations: filled in {seconds:.1f} s, {rate:.0f} messages a second"
            )
        print(f"{size} conversations, {size * MESSAGES} messages, {path.stat().st_size >> 20} MB")
        for name, taken in measure(path):
            print(f"  {name:<45} {taken:9.2f} ms", flush=True)
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
