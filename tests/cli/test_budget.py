"""A daily budget: warning, question and refusal, by today's answers in the history."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from pathlib import Path

import pytest

from llmchat.app.ask.budget import BudgetPolicy
from llmchat.app.run.context import open_context
from llmchat.errors import BudgetExceeded
from llmchat.settings.values import parse_budget
from llmchat.store.history.figures.spending import midnight
from llmchat.world import World
from tests.shell import Shell

PRICE = '[prices."demo/demo*"]\ncurrency = "RUB"\nprompt = 1000\ncompletion = 1000\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100 RUB/day", (100.0, "RUB")),
        ("0.5 USD/day", (0.5, "USD")),
        ("200_000 tokens/day", (200_000.0, "tokens")),
        ("100 RUB", (0.0, "")),
        ("0 RUB/day", (0.0, "")),
        ("-1 RUB/day", (0.0, "")),
        ("inf RUB/day", (0.0, "")),
        ("100 rub/day", (0.0, "")),
        ("100 RUB/week", (0.0, "")),
        ("RUB/day", (0.0, "")),
    ],
)
def test_what_a_budget_may_be(text: str, found: tuple[float, str]) -> None:
    assert parse_budget(text) == found


def config(shell: Shell, text: str) -> None:
    (shell.home / "config.toml").write_text(text)


def answers(shell: Shell) -> int:
    with sqlite3.connect(shell.home / "history.db") as connection:
        found = connection.execute("SELECT count(*) FROM message WHERE role = 'assistant'")
        return int(found.fetchone()[0])


@pytest.fixture
def spent(llmchat: Shell) -> Shell:
    """Adds about 109 tokens to today's history."""
    assert llmchat("ask", "-p", "demo", "hi").code == 0
    return llmchat


def tokens(shell: Shell) -> int:
    return int(shell("history", "stats", "--json").json["tokens"])


def test_a_wrong_budget_is_told_with_its_line(llmchat: Shell) -> None:
    config(llmchat, 'budget = "much"\n')
    refused = llmchat("ask", "-p", "demo", "hi")
    assert refused.code == 3
    assert "config.toml:1: budget must be an amount of money or tokens per day" in refused.err


def test_below_80_percent_nothing_is_said(spent: Shell) -> None:
    config(spent, f'budget = "{tokens(spent) * 2} tokens/day"\n')
    assert spent("ask", "-p", "demo", "hi").err == ""


def test_from_80_percent_on_it_is_told(spent: Shell) -> None:
    used = tokens(spent)
    config(spent, f'budget = "{used * 5 // 4} tokens/day"\n')
    result = spent("ask", "-p", "demo", "hi")
    assert result.code == 0
    assert f"{used} tokens of today's budget of {used * 5 // 4} tokens is used\n" in result.err


def test_a_script_is_refused_and_nothing_is_kept(spent: Shell) -> None:
    config(spent, f'budget = "{tokens(spent)} tokens/day"\n')
    refused = spent("ask", "-p", "demo", "--json", "hi")
    assert (refused.code, refused.json["error"]["kind"]) == (7, "budget")
    assert "today's budget of" in refused.json["error"]["message"]
    assert answers(spent) == 1
    assert spent("ask", "-p", "demo", "-n", "hi").code == 7


def test_a_person_is_asked(spent: Shell) -> None:
    config(spent, 'budget = "1 tokens/day"\n')
    no = spent("ask", "-p", "demo", "hi", stdin="n\n", keyboard=True, screen=True)
    assert (no.code, answers(spent)) == (7, 1)
    assert "Ask anyway? [y/N]" in no.err
    yes = spent("ask", "-p", "demo", "hi", stdin="y\n", keyboard=True, screen=True)
    assert (yes.code, answers(spent)) == (0, 2)


def test_the_answer_that_is_just_asked_for_is_none_of_unknown_cost(llmchat: Shell) -> None:
    config(llmchat, f'budget = "100 RUB/day"\n{PRICE}')
    assert llmchat("ask", "-p", "demo", "hi").err == ""


def test_a_budget_in_money_counts_its_currency(spent: Shell) -> None:
    config(spent, f'budget = "0.01 RUB/day"\n{PRICE}')
    assert "0.0100 RUB is used up (0.1" in spent("ask", "-p", "demo", "hi").err
    config(spent, f'budget = "0.01 USD/day"\n{PRICE}')
    other = spent("ask", "-p", "demo", "hi")
    assert other.code == 0
    assert "answers from demo are billed in another currency" in other.err
    assert "another currency" not in spent("ask", "-p", "demo", "hi").err


def test_money_does_not_stop_who_charges_nothing(spent: Shell) -> None:
    """Another provider has used up the budget."""
    with sqlite3.connect(spent.home / "history.db") as connection:
        connection.execute("UPDATE message SET provider = 'openai'")
    config(spent, f'budget = "0.01 RUB/day"\n{PRICE.replace("demo/demo", "openai/demo")}')
    assert spent("ask", "-p", "demo", "hi").err == ""


def test_a_cost_that_is_unknown_is_told_once_and_not_taken_for_nothing(spent: Shell) -> None:
    with sqlite3.connect(spent.home / "history.db") as connection:
        connection.execute("UPDATE message SET completion_tokens = NULL")
    config(spent, f'budget = "100 RUB/day"\n{PRICE}')
    assert "the cost of some answers from demo is unknown" in spent("ask", "-p", "demo", "hi").err
    assert "not known" not in spent("ask", "-p", "demo", "hi").err


def test_a_providers_own_budget_counts_that_one_only(spent: Shell) -> None:
    config(spent, '[providers.openai]\nbudget = "1 tokens/day"\n')
    assert spent("ask", "-p", "demo", "hi").code == 0
    config(spent, '[providers.demo]\nbudget = "1 tokens/day"\n')
    refused = spent("ask", "-p", "demo", "hi")
    assert refused.code == 7
    assert "for demo is used up" in refused.err
    assert "llmchat config set providers.demo.budget" in refused.err


def test_nobody_else_is_asked_instead(spent: Shell) -> None:
    config(spent, '[providers.demo]\nbudget = "1 tokens/day"\n')
    refused = spent("ask", "-p", "demo", "--fallback", "yqcloud", "hi")
    assert refused.code == 7
    assert "yqcloud" not in refused.err


def test_yesterday_does_not_count(spent: Shell) -> None:
    with sqlite3.connect(spent.home / "history.db") as connection:
        connection.execute("UPDATE message SET created = created - 86400")
        connection.execute("UPDATE conversation SET updated = updated - 86400")
    config(spent, 'budget = "1 tokens/day"\n')
    assert spent("ask", "-p", "demo", "hi").code == 0


def test_the_trash_counts_and_a_fork_is_not_counted_again(spent: Shell) -> None:
    used = tokens(spent)
    from llmchat.store.history.history import History

    history = History(spent.home / "history.db")
    history.fork(history.find("last"))
    history.close()
    assert tokens(spent) == used
    spent("history", "delete", "last")
    spent("history", "delete", "last")
    config(spent, f'budget = "{used} tokens/day"\n')
    assert spent("ask", "-p", "demo", "hi").code == 7


def test_a_batch_does_not_begin(spent: Shell, tmp_path: Path) -> None:
    config(spent, 'budget = "1 tokens/day"\n')
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    assert spent("batch", str(prompts), "-p", "demo").code == 7


def test_the_days_of_a_budget_begin_at_midnight_here() -> None:
    now = 1_750_000_000.0
    assert midnight(now, 1) <= now < midnight(now, 1) + 90_000
    assert 80_000 < midnight(now, 1) - midnight(now, 2) < 93_000


def test_several_models_at_once_are_one_question(spent: Shell) -> None:
    config(spent, 'budget = "1 tokens/day"\n')
    models = ("--vs", "demo/demo", "--vs", "demo/demo")
    done = spent("ask", *models, "hi", stdin="y\n", keyboard=True, screen=True)
    assert (done.text.count("Ask anyway?"), done.code, answers(spent)) == (1, 0, 3)


async def test_that_most_of_it_is_used_is_told_once(spent: Shell) -> None:
    config(spent, f'budget = "{tokens(spent) * 10 // 9} tokens/day"\n')
    err = io.StringIO()
    world = World(spent.environ, io.StringIO(), io.StringIO(), err, spent.cwd)
    policy = BudgetPolicy(open_context(world))
    await policy.check("demo")
    await policy.check("demo")
    assert err.getvalue().count("is used") == 1


@pytest.mark.parametrize("says", [True, False])
async def test_who_waits_for_an_answer_takes_the_same(spent: Shell, says: bool) -> None:
    config(spent, 'budget = "1 tokens/day"\n')
    silent = [io.StringIO() for _ in range(3)]
    context = open_context(World(spent.environ, silent[0], silent[1], silent[2], spent.cwd))
    asked: list[str] = []

    async def consent(question: str) -> bool:
        asked.append(question)
        await asyncio.sleep(0)
        return says

    both = [BudgetPolicy(context, consent=consent).check("demo") for _ in range(2)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert [isinstance(one, BudgetExceeded) for one in ended] == [not says] * 2
    assert len(asked) == 1
