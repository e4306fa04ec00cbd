"""Every answer counts in a budget, kept in the history or not."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from llmchat.app.ask.titles import asked_title
from llmchat.app.run.context import open_context
from llmchat.store.state.spent import SpentToday, tally_of
from llmchat.values.events import Usage
from llmchat.world import World
from tests.shell import Shell

ASK = ("ask", "-p", "demo")
DAY = "2026-11-26"


def budget(shell: Shell, tokens: int) -> None:
    (shell.home / "config.toml").write_text(f'budget = "{tokens} tokens/day"\n')


def counted(shell: Shell) -> int:
    kept = json.loads((shell.home / "spent.json").read_text())
    return sum(row[-1] for row in kept["tallies"])


def test_an_answer_that_is_not_saved_counts(llmchat: Shell) -> None:
    budget(llmchat, 50)
    assert llmchat(*ASK, "-n", "hi").code == 0
    assert counted(llmchat) > 50
    assert llmchat(*ASK, "-n", "hi").code == 7


def test_what_was_saved_before_there_was_a_budget_counts_once(llmchat: Shell) -> None:
    llmchat(*ASK, "hi")
    used = int(llmchat("history", "stats", "--json").json["tokens"])
    budget(llmchat, used * 10)
    llmchat(*ASK, "hi")
    assert counted(llmchat) == used * 2


def test_the_sums_of_the_history_stay_those_of_the_history(llmchat: Shell) -> None:
    budget(llmchat, 10_000)
    llmchat(*ASK, "hi")
    saved = llmchat("history", "stats", "--json").json["tokens"]
    llmchat(*ASK, "-n", "hi")
    assert llmchat("history", "stats", "--json").json["tokens"] == saved
    assert counted(llmchat) == 2 * saved


def test_an_answer_that_is_purged_stays_counted(llmchat: Shell) -> None:
    budget(llmchat, 50)
    llmchat(*ASK, "hi")
    llmchat("history", "delete", "last")
    assert llmchat("history", "purge", "--all", "--yes").code == 0
    assert llmchat(*ASK, "hi").code == 7


def test_several_models_at_once_count_each(llmchat: Shell) -> None:
    budget(llmchat, 10_000)
    llmchat(*ASK, "-n", "hi")
    one = counted(llmchat)
    llmchat("ask", "--vs", "demo/demo", "--vs", "demo/demo", "-n", "hi")
    assert counted(llmchat) == 3 * one > 0


def test_a_batch_stops_where_the_budget_ends(llmchat: Shell, tmp_path: Path) -> None:
    budget(llmchat, 150)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("hi\n" * 9)
    stopped = llmchat("batch", str(prompts), "-p", "demo", "--jobs", "1")
    answered = [json.loads(line)["error"] is None for line in stopped.out.splitlines()]
    assert (stopped.code, 0 < sum(answered) < 9) == (7, True)


async def test_a_title_counts(llmchat: Shell) -> None:
    budget(llmchat, 10_000)
    streams = [io.StringIO() for _ in range(3)]
    world = World(llmchat.environ, streams[0], streams[1], streams[2], llmchat.cwd)
    context = open_context(world, {"provider": "demo"})
    await asked_title(context, "hi", "hello")
    assert counted(llmchat) > 0


def test_who_has_no_budget_has_no_such_file(llmchat: Shell) -> None:
    llmchat(*ASK, "hi")
    assert not (llmchat.home / "spent.json").exists()


def test_the_file_is_private(llmchat: Shell) -> None:
    budget(llmchat, 10_000)
    llmchat(*ASK, "hi")
    assert (llmchat.home / "spent.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"day": 1}', b'{"day": "2026-11-26", "tallies": [["x", 1]]}', b"\xff"],
)
def test_a_damaged_file_begins_with_the_history(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spent.json"
    path.write_bytes(content)
    path.chmod(0o600)
    tmp_path.chmod(0o700)
    own = tally_of(DAY, "box", "m", Usage(1, 2, 3))
    assert SpentToday(path).tallies(DAY, lambda: [own]) == [own]


def test_alike_answers_are_one_row_and_a_new_day_begins_anew(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    spent = SpentToday(tmp_path / "spent.json")
    usage: tuple[Any, ...] = (Usage(1, 2, 3), Usage(1, 2, 3), Usage(9, 2, 11, 4), Usage(None, 5))
    for one in usage:
        spent.add(tally_of(DAY, "box", "m", one))
    rows = spent.tallies(DAY, list)
    assert [(row.counted, row.requests, row.tokens) for row in rows] == [
        (True, 2, 6),
        (True, 1, 11),
        (False, 1, 5),
    ]
    spent.add(tally_of("2026-11-27", "box", "m", Usage(1, 1, 2)))
    assert [row.tokens for row in spent.tallies("2026-11-27", list)] == [2]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"null", b'{"day": []}'])
def test_a_rotten_file_of_sums_has_nothing_in_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spent.json"
    path.write_bytes(content)
    path.chmod(0o600)
    assert SpentToday(path).tallies(DAY, list) == []
