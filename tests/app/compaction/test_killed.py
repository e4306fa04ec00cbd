"""Killed at any moment of a compaction, the conversation is as before it or as after it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.app.compaction.test_long_conversations import FILLER, Talk
from tests.app.compaction.window import SmallWindow
from tests.e2e.frames import END, delta, stop
from tests.e2e.shell import LLMCHAT, Shell, environment
from tests.servers.scripted import SSE, Server, Visit, head, serving

MOMENTS = 20
SEED = 2113
NO_QUESTION = """CREATE TRIGGER no_question BEFORE INSERT ON message WHEN NEW.role = 'user'
BEGIN SELECT RAISE(ABORT, 'not now'); END"""
REQUESTS = (0, 1, 1, 2, 3)  # before the clock runs: none, the summary's two, the question's


async def answers(visit: Visit) -> None:
    """A summary and an answer, in pieces with pauses."""
    text = visit.asked.json["messages"][-1]["content"]
    words = "Notes of it all. " if "<conversation>" in text else "Yes. "
    await visit.send(head(200, SSE, connection="close"))
    await visit.send(*[delta(words)] * 4, pause=0.02)
    await visit.send(stop(), END)


def rows(home: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "history.db") as connection:
        return connection.execute(
            "SELECT id, parent, role, state, text, keeps FROM message ORDER BY id"
        ).fetchall()


def leaf(home: Path) -> int:
    with sqlite3.connect(home / "history.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT leaf FROM conversation").fetchone()[0])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A saved conversation that needs a summary before its next question."""
    home = tmp_path / "kept"
    home.mkdir(mode=0o700)
    Talk(home, SmallWindow()).fill(8)
    return home


async def killed(home: Path, server: Server, *, requests: int, after: float) -> None:
    """Asks one more question, and kills the process `after` so many seconds from so many
    requests."""
    config = f'provider = "box"\nmodel = "m"\n[providers.box]\nbase_url = "{server.url}"\n'
    (home / "config.toml").write_text(config + "context = 1500\n")
    process = await asyncio.create_subprocess_exec(
        LLMCHAT,
        *("ask", "-c", f"One more. {FILLER}"),
        env=dict(Shell(home, environment(home)).environ),
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    wanted = len(server.asked) + requests
    while len(server.asked) < wanted and process.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(0.005)  # a counter is plainer than an event for each
    await asyncio.sleep(after)
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.mark.slow
async def test_it_is_as_before_or_after(kept: Path, tmp_path: Path) -> None:
    before = rows(kept)
    chance = random.Random(SEED)
    seen: set[str] = set()
    async with serving(answers) as server:
        for number in range(MOMENTS):
            home = tmp_path / str(number)
            shutil.copytree(kept, home)
            requests = REQUESTS[number % len(REQUESTS)]
            await killed(home, server, requests=requests, after=chance.uniform(0, 0.25))
            seen.add(checked(before, rows(home), leaf(home)))
    assert {"before", "after"} <= seen


async def test_killed_before_its_question_is_kept_it_ends_with_the_summary(kept: Path) -> None:
    """Random timing does not hit these few milliseconds, so here the file refuses the question. An
    answer would move the leaf and hide that its summary did not."""
    before = rows(kept)
    with sqlite3.connect(kept / "history.db") as connection:
        connection.execute(NO_QUESTION)
    async with serving(answers) as server:
        await killed(kept, server, requests=3, after=0)
    now = rows(kept)
    assert [row[2] for row in now[len(before) :]] == ["summary"]
    assert checked(before, now, leaf(kept)) == "after"


def checked(before: list[tuple[object, ...]], now: list[tuple[object, ...]], end: int) -> str:
    """Whether the conversation is as before or as after; anything else fails."""
    assert now[: len(before)] == before
    added = now[len(before) :]
    last = before[-1][0]
    summaries = [row for row in added if row[2] == "summary"]
    if not summaries:
        assert [row[1] for row in added] in ([], [last, added[0][0]] if added else [])
        assert end == (added[-1][0] if added else last)
        return "before"
    assert summaries == added[:1]
    assert (summaries[0][1], summaries[0][3]) == (last, "complete")
    assert str(summaries[0][4]).startswith("Notes of it all.")
    assert end == added[-1][0]
    return "after"
