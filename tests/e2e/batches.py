"""Runs a batch as a process, with a server that counts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.shell import LLMCHAT, Result, Shell
from tests.servers.crowd import Crowd

ARGV = ("-p", "openai", "-m", "m")


def variables(crowd: Crowd, **more: str) -> dict[str, str]:
    return {"LLMCHAT_OPENAI_BASE_URL": crowd.url, "LLMCHAT_OPENAI_API_KEY": "x", **more}


def write_prompts(shell: Shell, count: int) -> list[str]:
    prompts = [f"prompt {number}" for number in range(count)]
    (shell.home / "in.txt").write_text("\n".join(prompts) + "\n")
    return prompts


def batch(shell: Shell, crowd: Crowd, *argv: str, **more: str) -> Result:
    return shell.run("batch", "in.txt", *ARGV, *argv, env=variables(crowd, **more))


def started(shell: Shell, crowd: Crowd, *argv: str) -> subprocess.Popen[bytes]:
    """A batch that is observed while it runs."""
    return subprocess.Popen(
        [str(LLMCHAT), "batch", "in.txt", *ARGV, *argv],
        env={**shell.environ, **variables(crowd)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=shell.home,
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Waits for something that the server or the file shows."""
    while not condition():
        try:
            process.wait(0.005)
        except subprocess.TimeoutExpired:
            continue
        assert condition(), "it ended before"
