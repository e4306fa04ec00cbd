"""A long session: what a person waits for in it, and how large it gets.

    python bench/session.py [PATH-TO-LLMCHAT] [--turns 1000]

A session with the demo at a pseudo-terminal: Ctrl-C in the middle of an answer to the prompt, a
paste of a megabyte to its mark in the line; Enter to the next prompt and resident memory after the
first hundred turns and after the last. Baseline: the figures of the first turns in the same run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.terminals.person import Person

BLOCK = 100  # turns of which a figure is the median


def megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def asked(me: Person, question: str) -> float:
    """Milliseconds from Enter to the next empty prompt."""
    me.type(question)
    me.until(lambda: me.line.endswith(question), question)
    start = time.perf_counter()
    me.press("enter")
    seen = len(me.bytes)
    me.until(lambda: me.line == ">" and b"demo/demo" in me.bytes[seen + len(question) :], "prompt")
    return (time.perf_counter() - start) * 1000


def stopped(me: Person) -> float:
    me.say("/set delay_ms 30")
    me.prompt()
    me.say("/set tokens 400")
    me.prompt()
    me.say("long")
    me.see("demo is answering")
    start = time.perf_counter()
    me.press("ctrl-c")
    me.see("Stopped.")
    me.prompt()
    return (time.perf_counter() - start) * 1000


def pasted(me: Person) -> float:
    start = time.perf_counter()
    me.paste("The quick brown fox.\r" * 50_000)
    me.see("> [50,000 lines:")
    taken = (time.perf_counter() - start) * 1000
    me.press("ctrl-c")
    me.prompt()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", default=str(Path(sys.executable).parent / "llmchat"))
    parser.add_argument("--turns", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "LLMCHAT_HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        words = [given.command, "chat", "-p", "demo", "-o", "tokens", "8"]
        me = Person(words, env, Path(home), columns=80, rows=24)
        me.prompt()
        times, sizes = [], []
        for number in range(given.turns):
            times.append(asked(me, f"question {number}"))
            sizes.append(megabytes(me.process.pid))
            me.emulator.history.top.clear()  # ours, not the program's
            me.bytes = me.bytes[-1000:]
        first, last = times[:BLOCK], times[-BLOCK:]
        print(f"Enter to prompt, ms: first {median(first):.0f}, last {median(last):.0f}")
        print(f"memory, MB: after {BLOCK} turns {sizes[BLOCK - 1]:.1f}, at the end {sizes[-1]:.1f}")
        print(f"paste of 1 MB, ms: {pasted(me):.0f}")
        print(f"Ctrl-C to prompt, ms: {stopped(me):.0f}")
        me.press("ctrl-d")
        me.process.close(force=True)


if __name__ == "__main__":
    main()
