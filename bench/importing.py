"""What an import costs: python bench/importing.py [--conversations 100000] [--words 20]

Writes an export of conversations of ten messages, imports it into an empty history, and prints the
seconds and the memory; then the commands that look at it, beside a bare Python that opens the same
file and runs one indexed query.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.history import BARE, conversation
from llmchat.store.history.history import History
from llmchat.store.transfer.importing import import_file

RUNS = 7
COMMANDS = {
    "history list": ("history", "list"),
    "history search": ("history", "search", "редкость"),
    "ask -c": ("ask", "-c", "-p", "demo", "hello"),
}


def write(path: Path, count: int, words: int) -> None:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"format": "llmchat-history", "version": 1, "conversations": [')
        for number in range(count):
            whole = conversation(count - number, chance, rare=number % 5000 == 7)
            for message in whole["messages"]:
                kept = message["text"].split()
                message["text"] = " ".join(kept[:words] + kept[words:][-3:])
            file.write(",\n" if number else "\n")
            json.dump(whole, file, ensure_ascii=False)
        file.write("\n]}\n")


def quickest(command: list[str], environ: dict[str, str]) -> float:
    """The fastest run in milliseconds: a busy machine makes runs slower, never faster."""
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run(
            command, env=environ, check=True, capture_output=True, stdin=subprocess.DEVNULL
        )
        taken.append((time.perf_counter() - begun) * 1000)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=20, help="of a message at most")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="llmchat-bench-") as folder:
        file, home = Path(folder) / "export.json", Path(folder) / "home"
        write(file, given.conversations, given.words)
        home.mkdir(mode=0o700)
        environ = {**os.environ, "LLMCHAT_HOME": str(home)}
        path = home / "history.db"
        before, begun, used = _memory(), time.perf_counter(), time.process_time()
        added = import_file(History(path), file)
        print(f"{added.messages:,} messages of a file of {file.stat().st_size >> 20} MB")
        taken, busy = time.perf_counter() - begun, time.process_time() - used
        print(f"  {taken:.1f} s, {busy:.1f} s of the processor")
        print(f"  {_memory()} MB ({before} MB before)")
        bare = quickest([sys.executable, "-c", BARE, str(path)], environ)
        print(f"  bare Python with one query: {bare:.0f} ms")
        program = str(Path(sys.executable).with_name("llmchat"))
        for name, words in COMMANDS.items():
            taken = quickest([program, *words], environ)
            print(f"  {name}: {taken:.0f} ms, {taken / bare:.2f} x bare")


def _memory() -> int:
    """The peak memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
