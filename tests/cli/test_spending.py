"""`history stats`: tokens and money, equal to what can be computed from an export."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from llmchat.store.history.history import History
from llmchat.store.history.naming import new_id
from llmchat.store.history.writing import endings, turns
from llmchat.store.history.writing.turns import Opening
from llmchat.values.events import Delta, Finish, Usage
from llmchat.values.turn import Turn
from tests.shell import Shell

NOW = time.time()
DAY = 86400
PRICES = """
[prices."zai/glm-5.3"]
currency = "USD"
prompt = 1.4
cached = 0.26
completion = 4.4

[prices."yandex/lite*"]
currency = "RUB"
prompt = 200
completion = 200
"""
TABLE = {"zai/glm-5.3": ("USD", 1.4, 0.26, 4.4), "yandex/lite": ("RUB", 200, None, 200)}
ANSWERS = [  # provider, model, days ago, prompt, completion, cached
    ("zai", "glm-5.3", 0, 1000, 500, 200),
    ("zai", "glm-5.3", 0, 3_000_000, 1, None),
    ("zai", "glm-5.3", 9, 77, 33, 0),
    ("zai", "glm-5.3", 0, 10, None, None),
    ("yandex", "lite", 1, 123, 456, None),
    ("yandex", "lite-2", 1, 1, 2, None),
    ("yandex", "lite", 1, 100, 20, 50),
    ("nobody", "knows", 3, 40, 2, None),
]


def keep(history: History, at: float, provider: str, model: str, usage: Usage) -> None:
    opening = Opening(new_id(), "q", provider=provider, model=model)
    turn = Turn(provider, model, time.monotonic)
    turn.take(Delta("an answer"))
    turn.take(usage)
    turn.take(Finish("stop", model))

    def write(connection: Any) -> None:
        endings.finish(connection, turns.begin(connection, opening, now=at), turn, now=at)

    history.store(write)


@pytest.fixture
def spent(llmchat: Shell) -> Shell:
    history = History(llmchat.home / "history.db")
    for provider, model, ago, prompt, completion, cached in ANSWERS:
        both = None if completion is None else prompt + completion
        usage = Usage(prompt, completion, both, cached)
        keep(history, NOW - ago * DAY, provider, model, usage)
    history.close()
    (llmchat.home / "config.toml").write_text(PRICES)
    return llmchat


def exported(shell: Shell) -> list[dict[str, Any]]:
    """The answers in an export, read as another program would."""
    lines = shell("history", "export", "--all", "-f", "jsonl").out.splitlines()
    messages = [m for line in lines for m in json.loads(line)["messages"]]
    return [m for m in messages if m["role"] == "assistant"]


def reckoned(answers: list[dict[str, Any]]) -> tuple[int, dict[str, float], int]:
    """Tokens, money by currency, and the number of answers with unknown cost."""
    costs: dict[str, float] = defaultdict(float)
    unknown = 0
    for m in answers:
        named = f"{m['provider']}/{m['model']}"
        row = TABLE.get(named) or (TABLE["yandex/lite"] if "/lite" in named else None)
        prompt, completion, cached = m["prompt_tokens"], m["completion_tokens"], m["cached_tokens"]
        if not row or None in (prompt, completion) or (cached and row[2] is None):
            unknown += 1
            continue
        cached = cached or 0
        cost = (prompt - cached) * row[1] + cached * (row[2] or 0) + completion * row[3]
        costs[row[0]] += cost / 1e6
    return sum(m["total_tokens"] or 0 for m in answers), dict(costs), unknown


def same(row: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    tokens, costs, unknown = reckoned(answers)
    assert (row["tokens"], row["unpriced"]) == (tokens, unknown)
    assert row["costs"] == pytest.approx(costs)
    only = next(iter(costs.items())) if len(costs) == 1 else (None, None)
    assert row["currency"] == only[0]
    assert row["cost"] == (None if only[1] is None else pytest.approx(only[1]))


def test_the_sums_equal_those_of_a_script_over_the_export(spent: Shell) -> None:
    answers = exported(spent)
    found = spent("history", "stats", "--json").json
    same(found, answers)
    assert found["cached_tokens"] == sum(m["cached_tokens"] or 0 for m in answers)
    assert found["costs"].keys() == {"USD", "RUB"}
    assert found["unpriced"] == 3


@pytest.mark.parametrize("by", ["model", "day", "provider"])
def test_so_do_those_of_each_row(spent: Shell, by: str) -> None:
    answers = exported(spent)
    found = spent("history", "stats", "--by", by, "--json").json
    same(found, answers)

    def belongs(m: dict[str, Any], row: dict[str, Any]) -> bool:
        day = time.strftime("%Y-%m-%d", time.localtime(m["created"]))
        of = {"provider": m["provider"], "model": m["model"], "day": day}
        return all(of[name] == row[name] for name in of if name in row)

    for row in found["rows"]:
        same(row, [m for m in answers if belongs(m, row)])
    assert sum(row["answers"] for row in found["rows"]) == len(answers)


def test_days_count_back_from_today(spent: Shell) -> None:
    answers = exported(spent)
    today = time.strftime("%Y-%m-%d", time.localtime(NOW))
    found = spent("history", "stats", "--days", "1", "--json").json
    assert (found["by"], [row["day"] for row in found["rows"]]) == ("day", [today])
    same(found, [m for m in answers if m["created"] > NOW - DAY / 2])
    assert len(spent("history", "stats", "--days", "4", "--json").json["rows"]) == 3
    assert len(spent("history", "stats", "--days", "9" * 400, "--json").json["rows"]) >= 3


def test_people_see_money_and_what_is_not_known(spent: Shell) -> None:
    shown = spent("history", "stats", "--by", "provider")
    lines = {line.split()[0]: line for line in shown.out.splitlines()}
    assert lines["zai"].endswith("4.20 USD + ?")
    assert lines["nobody"].endswith(" ?")
    assert "0.1164 RUB + ?" in lines["yandex"]
    assert "RUB + 4.20 USD + ?" in spent("history", "stats").out
    assert "cost based on the prices of 20" in shown.err


def test_a_price_that_nobody_knows_is_null(llmchat: Shell) -> None:
    llmchat("ask", "-p", "demo", "hi")
    found = llmchat("history", "stats", "--json").json
    assert (found["cost"], found["currency"], found["costs"]) == (None, None, {})
    assert found["tokens"] > 0


def test_a_mistake_in_the_prices_is_told_and_the_history_still_shown(spent: Shell) -> None:
    (spent.home / "config.toml").write_text('[prices."zai/glm-5.3"]\ncurrency = "USD"\n')
    found = spent("history", "stats", "--json")
    assert found.code == 0
    assert "your own prices are not used" in found.err
    assert "config.toml:1: " in spent("config", "validate").text


def test_an_unknown_by_is_refused(llmchat: Shell) -> None:
    refused = llmchat("history", "stats", "--by", "hour")
    assert refused.err.splitlines()[-1] == "  llmchat history stats --by model"
    assert (refused.code, refused.out) == (2, "")


def test_usage_says_the_cost_or_that_it_is_unknown(tmp_path: Path, llmchat: Shell) -> None:
    own = '[prices."demo/demo*"]\ncurrency = "USD"\nprompt = 1000\ncompletion = 1000\n'
    assert "cost" not in llmchat("ask", "-p", "demo", "-u", "hi").err
    (llmchat.home / "config.toml").write_text(own)
    assert " USD, first token after" in llmchat("ask", "-p", "demo", "-u", "hi").err


def test_a_summary_that_a_model_made_is_paid_for_as_well(spent: Shell) -> None:
    before = spent("history", "stats", "--by", "provider", "--json").json
    with sqlite3.connect(spent.home / "history.db") as connection:
        connection.execute(
            """INSERT INTO message (conversation, role, state, created, provider, model,
                prompt_tokens, completion_tokens, total_tokens)
                VALUES (1, 'summary', 'complete', ?, 'zai', 'glm-5.3', 1000000, 0, 1000000)""",
            (NOW,),
        )
    after = spent("history", "stats", "--by", "provider", "--json").json
    assert after["answers"] == before["answers"]
    assert after["tokens"] - before["tokens"] == 1_000_000
    assert after["costs"]["USD"] - before["costs"]["USD"] == pytest.approx(1.4)
