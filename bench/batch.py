"""Prints what a batch costs for each prompt: CPU of its process beside that of the requests alone.

    python bench/batch.py [PROMPTS] [JOBS]

A loopback server answers in this process. The requests alone are the same provider in a bare loop
with the same number at a time. Both are processes of their own; a batch of one prompt, and a loop
of one, is what starting them costs. The peak is that of the batch's process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.servers.crowd import Crowd

BARE = """
import asyncio, sys
from llmchat.values.endpoint import Endpoint
from llmchat.values.messages import Message, Request
from llmchat.providers import OpenAI
async def work(provider, numbers):
    for i in numbers:
        async for _ in provider.stream(Request("m", (Message("user", f"prompt {i}"),))):
            pass
async def main(url, count, jobs):
    numbers = iter(range(count))
    async with OpenAI(Endpoint(base_url=url)) as provider:
        await asyncio.gather(*(work(provider, numbers) for _ in range(jobs)))
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def cost(argv: list[str], environ: dict[str, str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds, and the peak memory in MB of one process."""
    began = time.monotonic()
    process = subprocess.Popen(argv, env=environ, stderr=subprocess.DEVNULL)
    peak = 0.0
    while True:
        peak = peak_of(process.pid) or peak
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(0.02)
    if status:
        raise SystemExit(f"{argv} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, peak


def peak_of(pid: int) -> float:
    """Its own peak memory, if Linux reports it."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM:" in text else 0


def batch_of(url: str, count: int, jobs: int, *more: str) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "prompts.txt"
        source.write_text("".join(f"prompt {i}\n" for i in range(count)))
        out = Path(folder) / "out.jsonl"
        environ = {"HOME": folder, "LLMCHAT_HOME": folder, "PATH": os.environ["PATH"]}
        environ |= {"LLMCHAT_OPENAI_BASE_URL": url, "LLMCHAT_OPENAI_API_KEY": "x"}
        argv = [sys.executable, "-m", "llmchat", "batch", str(source), "-p", "openai", "-m", "m"]
        found = cost([*argv, "--out", str(out), "--jobs", str(jobs), *more], environ)
        lines = out.read_text().count("\n")
        if lines != count:
            raise SystemExit(f"{lines} lines for {count} prompts")
        return found


def main(count: int = 2000, jobs: int = 4) -> None:
    environ = {"PATH": os.environ["PATH"]}
    with Crowd().running() as crowd:

        def bare(number: int) -> tuple[float, float, float]:
            argv = [sys.executable, "-c", BARE, crowd.url, str(number), str(jobs)]
            return cost(argv, environ)

        alone = (bare(count)[0] - bare(1)[0]) / count
        for name, more in (("", ()), (" --ordered", ("--ordered",)), (" --save", ("--save",))):
            start = batch_of(crowd.url, 1, jobs, *more)[0]
            cpu, seconds, peak = batch_of(crowd.url, count, jobs, *more)
            each = (cpu - start) / count
            print(
                f"{count} prompts{name}: {each * 1000:.2f} ms CPU each, the request alone "
                f"{alone * 1000:.2f} ms, beyond it {(each - alone) * 1000:.2f} ms; "
                f"{count / seconds:.0f}/s, peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    main(*(int(arg) for arg in sys.argv[1:3]))
