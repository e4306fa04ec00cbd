"""`ask --vs`: several models at once, over real sockets."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.frames import delta, stop
from tests.e2e.shell import LLMCHAT, Shell, environment
from tests.scripts.conftest import fits
from tests.servers.scripted import SSE, Script, Visit, head, serving, whole

END = b"data: [DONE]\n\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Shell(home, environment(home))


def by_model(scripts: Mapping[str, Script]) -> Script:
    async def script(visit: Visit) -> None:
        await scripts[visit.asked.json["model"]](visit)

    return script


def says(text: str) -> Script:
    async def script(visit: Visit) -> None:
        await visit.send(head(200, SSE, connection="close"), delta(text), stop(), END)

    return script


async def fails(visit: Visit) -> None:
    await visit.send(whole({"error": {"message": "no"}}, status=401))


async def begins(visit: Visit) -> None:
    """Sends half an answer, and then nothing."""
    await visit.send(head(200, SSE, connection="close"), delta("half of it"))
    await visit.hung_up()


async def asked(shell: Shell, script: Script, *argv: str) -> Any:
    async with serving(script) as server:
        env = {"OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "sk-0123456789abcdef"}
        return await asyncio.to_thread(shell.run, "ask", *argv, env=env), server


def vs(*models: str) -> list[str]:
    return [word for model in models for word in ("--vs", f"openai/{model}")]


def rows(shell: Shell, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(shell.home / "history.db") as connection:
        return connection.execute(sql).fetchall()


TWO = by_model({"a": says("one"), "b": says("two")})


async def test_a_pipe_gets_one_below_the_other_with_time_and_tokens(shell: Shell) -> None:
    result, server = await asked(shell, TWO, *vs("a", "b"), "which?")
    assert result.code == 0
    first, second = result.out.split("## openai/b\n\n")
    assert first.startswith("## openai/a\n\none\n\n(")
    assert second.startswith("two\n\n(")
    assert second.endswith(")\n")
    assert [r.json["messages"][-1]["content"] for r in server.asked] == ["which?"] * 2


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        (("-m", "openai/c"), "name each model with its own --vs"),
        (("--schema", "name"), "leave one out"),
        (("-T", "time"), "leave one out"),
    ],
)
def test_flags_that_do_not_go_with_it_are_refused(
    shell: Shell, flags: tuple[str, ...], hint: str
) -> None:
    result = shell.run("ask", *vs("a", "b"), *flags, "which?")
    assert result.code == 2
    assert f"{flags[0]} and --vs cannot be combined\n  {hint}" in result.err


async def test_they_are_branches_of_one_question(shell: Shell) -> None:
    await asked(shell, TWO, *vs("a", "b"), "which?")
    questions = rows(shell, "SELECT id FROM message WHERE role = 'user'")
    assert len(questions) == 1
    answers = rows(shell, "SELECT parent, text FROM message WHERE role = 'assistant' ORDER BY text")
    assert answers == [(questions[0][0], "one"), (questions[0][0], "two")]
    assert rows(shell, "SELECT messages, title FROM conversation") == [(3, "which?")]


async def test_the_first_one_that_answered_goes_on(shell: Shell) -> None:
    script = by_model({"a": fails, "b": says("two"), "c": says("three")})
    await asked(shell, script, *vs("a", "b", "c"), "which?")
    found = "SELECT text FROM message JOIN conversation ON leaf = message.id"
    assert rows(shell, found) == [("two",)]


async def test_one_that_fails_does_not_stop_the_others(shell: Shell) -> None:
    script = by_model({"a": fails, "b": says("two")})
    result, _ = await asked(shell, script, *vs("a", "b"), "--json", "which?")
    first, second = json.loads(result.out)["answers"]
    assert result.code == 0
    assert first["error"]["exit_code"] == 4
    assert (second["text"], second["error"]) == ("two", None)
    assert "openai/a: " in result.err


async def test_where_all_fail_alike_so_does_the_whole(shell: Shell) -> None:
    result, _ = await asked(shell, fails, *vs("a", "b"), "--json", "which?")
    told = json.loads(result.out)
    assert fits("ask-vs", told)
    assert result.code == 4
    assert told["error"]["kind"] == "all_failed"
    assert [a["error"]["kind"] for a in told["answers"]] == ["auth", "auth"]


async def test_a_question_that_reached_nobody_leaves_nothing(shell: Shell) -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "sk-0123456789abcdef"}
    env["LLMCHAT_RETRIES"] = "0"
    result = await asyncio.to_thread(shell.run, "ask", *vs("a", "b"), "which?", env=env)
    assert result.code == 5
    assert rows(shell, "SELECT count(*) FROM message") == [(0,)]
    assert rows(shell, "SELECT count(*) FROM conversation") == [(0,)]


async def test_each_line_of_jsonl_says_whose_it_is(shell: Shell) -> None:
    result, _ = await asked(shell, TWO, *vs("a", "b"), "--jsonl", "which?")
    lines = [json.loads(line) for line in result.out.splitlines()]
    texts = {line["answer"]: line["text"] for line in lines if line["type"] == "delta"}
    assert texts == {0: "one", 1: "two"}
    assert sorted(line["answer"] for line in lines if line["type"] == "end") == [0, 1]


async def test_ctrl_c_keeps_all_that_came(shell: Shell) -> None:
    script = by_model({"a": begins, "b": begins})
    async with serving(script) as server:
        env = {"OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "sk-0123456789abcdef"}
        process = await asyncio.create_subprocess_exec(
            str(LLMCHAT), "ask", "--jsonl",
            *vs("a", "b"), "which?", env={**shell.environ, **env},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        seen = 0
        while seen < 2:
            seen += b'"delta"' in await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        await process.stdout.read()
        assert await process.wait() == -signal.SIGINT  # 130 for a shell
    kept = rows(shell, "SELECT state, text FROM message WHERE role = 'assistant'")
    assert kept == [("interrupted", "half of it")] * 2


async def test_continuing_asks_all_with_what_was_said(shell: Shell) -> None:
    await asked(shell, TWO, *vs("a", "b"), "which?")
    _, server = await asked(shell, TWO, "-c", *vs("a", "b"), "and why?")
    for request in server.asked:
        assert [m["content"] for m in request.json["messages"]] == ["which?", "one", "and why?"]


async def test_a_file_gets_them_whole(shell: Shell, tmp_path: Path) -> None:
    place = tmp_path / "both.md"
    result, _ = await asked(shell, TWO, *vs("a", "b"), "-O", str(place), "which?")
    assert (result.code, result.out) == (0, "")
    assert "## openai/b\n\ntwo\n\n(" in place.read_text()


@pytest.mark.parametrize(
    "argv",
    [vs("a"), vs(*"abcdefg"), [*vs("a", "b"), "-m", "x"], [*vs("a", "b"), "-x"]],
)
async def test_what_makes_no_sense_is_told_before_anything_is_sent(
    shell: Shell, argv: list[str]
) -> None:
    result, server = await asked(shell, TWO, *argv, "which?")
    assert result.code == 2
    assert server.asked == []


async def test_a_dry_run_shows_each_request(shell: Shell) -> None:
    result, server = await asked(shell, TWO, *vs("a", "b"), "--dry-run", "which?")
    assert (result.code, server.asked) == (0, [])
    assert result.out.count("which?") == 2
