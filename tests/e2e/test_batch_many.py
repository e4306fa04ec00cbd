"""Ten thousand prompts, and kills at random moments: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from tests.e2e.batches import batch, lines, started, write_prompts
from tests.e2e.shell import Shell
from tests.servers.crowd import Crowd, Deed

MOST_MB = 120
KILLS = 20


def trouble(prompt: str, times: int) -> Deed:
    """Some requests are refused at first, a few are cut or stall."""
    number = int(prompt.split()[-1])
    if number % 1000 == 500:
        return "stall"
    if number % 250 == 100:
        return "cut"
    return "429" if number % 100 == 7 and times == 1 else "ok"


def many(shell: Shell, count: int) -> None:
    prompts = write_prompts(shell, count)
    with Crowd(trouble, retry_after="0").running() as crowd:
        argv = ("--out", "o", "--jobs", "8")
        result = batch(shell.unmeasured(), crowd, *argv, LLMCHAT_STALL_TIMEOUT="2")
    rows = lines(shell.home / "o")
    assert Counter(int(row["id"]) for row in rows) == Counter(range(1, count + 1))
    broken = [p for p in prompts if trouble(p, 2) != "ok"]
    assert {row["id"] for row in rows if row["error"]} == {
        str(int(p.split()[-1]) + 1) for p in broken
    }
    assert set(crowd.answered.values()) == {1}
    assert crowd.most_open <= 8
    assert result.peak_mb < MOST_MB
    assert result.code == 10


def test_hundreds_of_prompts_have_one_line_each(shell: Shell) -> None:
    many(shell, 300)


@pytest.mark.slow
def test_ten_thousand_prompts_have_one_line_each(shell: Shell) -> None:
    many(shell, 10_000)


def killed(shell: Shell, crowd: Crowd, count: int, kills: int) -> None:
    """Kills the process whenever some more prompts were answered; prompts in the file are not asked
    again."""
    for _ in range(kills):
        goal = crowd.answered.total() + random.randint(0, 2 * count // kills)
        process = started(shell, crowd, "--out", "o", "--resume")
        while crowd.answered.total() < goal and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
    assert batch(shell, crowd, "--out", "o", "--resume").code == 0


@pytest.mark.parametrize(
    ("count", "kills"), [(60, 3), pytest.param(600, KILLS, marks=pytest.mark.slow)]
)
def test_after_kills_every_prompt_has_one_line(shell: Shell, count: int, kills: int) -> None:
    write_prompts(shell, count)
    with Crowd(pause=0.01).running() as crowd:
        killed(shell.unmeasured(), crowd, count, kills)
    rows = lines(shell.home / "o")
    assert Counter(int(row["id"]) for row in rows) == Counter(range(1, count + 1))
    assert all(row["text"] == f"answer to prompt {int(row['id']) - 1}" for row in rows)
