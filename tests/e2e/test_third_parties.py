"""Keyless services, `auto`, `--fallback`: who is asked, who is told, and what may not be sent."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.e2e.faults import FIRST_USE, check_stderr, settings
from tests.e2e.frames import SAID
from tests.e2e.frames import TEXT as STREAM
from tests.e2e.shell import KEY, Result, Shell
from tests.servers.scripted import HTML, TEXT, Script, Server, Visit, always, head, serving, whole

BAN = always(whole("sorry, 您的ip已由于触发防滥用检测而被封禁", TEXT))
PAGE = always(whole("<!DOCTYPE html><p>log in</p>", HTML))
RAW = always(whole("Hello!", TEXT))
GLM = always(
    whole(
        'data: {"parts":[{"logic_id":"a","content":[{"type":"text","text":"Hello!"}],'
        '"status":"finish"}],"status":"finish"}\n\n'
    )
)
BUSY = always(whole({}, status=429, retry_after="900"))
NAMES = ("yqcloud", "chatglm", "chatgptt")


async def _half(visit: Visit) -> None:
    await visit.send(head(200, TEXT, content_length=99) + b"Hel", pause=0.1)


async def _no_word(visit: Visit) -> None:
    await visit.hung_up()


@dataclass
class Town:
    """The keyless services of one test, on this machine."""

    shell: Shell
    servers: dict[str, Server]
    env: dict[str, str]

    async def ask(self, *argv: str, **env: str) -> Result:
        return await asyncio.to_thread(self.shell.ask, *argv, env={**self.env, **env})

    def asked(self) -> list[str]:
        return [name for name, server in self.servers.items() if server.asked]


@asynccontextmanager
async def town(shell: Shell, **scripts: Script) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        servers, env = {}, {"LLMCHAT_RETRIES": "0"}
        for name in (*NAMES, *(n for n in scripts if n not in NAMES)):
            script = scripts.get(name, PAGE)
            servers[name] = await stack.enter_async_context(serving(script))
            env |= settings(name, servers[name].url)
        if "openai" not in scripts:
            env.pop("OPENAI_API_KEY", "")
        yield Town(shell, servers, env)


def strip_first_use(result: Result) -> list[str]:
    return [line for line in result.lines if not FIRST_USE.fullmatch(line)]


async def test_auto_moves_on_and_says_so(shell: Shell) -> None:
    """A ban notice is never shown; the next one is asked, and the health is remembered."""
    async with town(shell, yqcloud=BAN, chatglm=GLM) as there:
        result = await there.ask("hi")
        assert (result.code, result.out) == (0, "Hello!\n")
        told = strip_first_use(result)
        assert len(told) <= 2
        if "yqcloud" in there.asked():
            assert "yqcloud blocked, trying " in "\n".join(told)
        again = await there.ask("hi")
        assert (again.code, again.out, again.err) == (0, "Hello!\n", "")


async def test_everybody_fails_in_one_error(shell: Shell) -> None:
    """Each attempt with its reason, and what to do next."""
    async with town(shell, yqcloud=BAN) as there:
        result = await there.ask("hi")
        assert (result.code, result.out) == (8, "")
        what, advice = result.lines[-2:]
        assert all(name in what for name in NAMES)
        assert "blocked your IP" in what
        assert "-p demo" in advice
        assert sorted(there.asked()) == sorted(NAMES)


async def test_attempts_in_json_and_history(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=GLM) as there:
        result = await there.ask("--json", "hi")
    row = json.loads(result.out)
    assert row["provider"] == row["attempts"][-1]["provider"]
    outcomes = [(a["provider"], a["outcome"]) for a in row["attempts"]]
    assert outcomes[-1] == (row["provider"], "ok")
    assert all(isinstance(a["ms"], int) for a in row["attempts"])


async def test_fallback_event_in_jsonl(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=GLM) as there:
        result = await there.ask("--jsonl", "-p", "yqcloud", "--fallback", "chatglm", "hi")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [r["type"] for r in rows] == ["start", "fallback", "delta", "end"]
    assert (rows[1]["provider"], rows[1]["attempt"]["outcome"]) == ("chatglm", "blocked")


async def test_an_explicit_provider_never_moves_on(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=GLM) as there:
        result = await there.ask("-p", "yqcloud", "hi")
        assert (result.code, there.asked()) == (8, ["yqcloud"])
        check_stderr(result, failed=True)


async def test_nothing_moves_after_the_first_character(shell: Shell) -> None:
    async with town(shell, yqcloud=_half, chatglm=GLM) as there:
        result = await there.ask("-p", "yqcloud", "--fallback", "chatglm", "hi")
        assert (result.code, result.out, there.asked()) == (10, "Hel\n", ["yqcloud"])
        check_stderr(result, failed=True)


async def test_fallback_from_a_silent_one(shell: Shell) -> None:
    async with town(shell, yqcloud=_no_word, chatglm=GLM) as there:
        flags = ("-p", "yqcloud", "--fallback", "chatglm", "--first-token-timeout", "5")
        result = await there.ask(*flags, "hi")
    assert (result.code, result.out) == (0, "Hello!\n")
    assert "yqcloud timed out, trying chatglm" in result.err


async def test_a_key_never_crosses_to_keyless_without_consent(shell: Shell) -> None:
    """Signed in, but the provider fails: no other is asked unless `--fallback` names it."""
    async with town(shell, openai=BUSY, yqcloud=RAW) as there:
        result = await there.ask("hi")
        assert (result.code, there.asked()) == (7, ["openai"])
        check_stderr(result, failed=True)
        allowed = await there.ask("--fallback", "yqcloud", "hi")
        assert (allowed.code, allowed.out) == (0, "Hello!\n")
        assert KEY.encode() not in there.servers["yqcloud"].asked[0].body
        assert KEY not in str(there.servers["yqcloud"].asked[0].headers)


async def test_auto_takes_the_one_with_a_key(shell: Shell) -> None:
    async with town(shell, openai=always(whole(STREAM)), yqcloud=RAW) as there:
        result = await there.ask("hi")
        assert (result.code, result.out, result.err) == (0, f"{SAID}\n", "")
        assert there.asked() == ["openai"]


UUID = "0a1b2c3d-0000-4000-8000-000000000000"
SECRETS = {
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
    "an API key": f"use {KEY} for it",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "an .env line": "DATABASE_PASSWORD=hunter2hunter2",
    "a GigaChat key": b64encode(f"{UUID}:{UUID}".encode()).decode(),
    "a bearer token": "Authorization: Bearer abcdefghijklmnop1234",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
async def test_a_secret_is_not_sent_in_a_script(shell: Shell, text: str) -> None:
    """Exit 2, nothing sent, the secret not repeated; --allow-secrets sends it."""
    async with town(shell, yqcloud=RAW) as there:
        result = await there.ask("-p", "yqcloud", "--", text)
        assert (result.code, result.out, there.asked()) == (2, "", [])
        check_stderr(result, failed=True)
        assert "--allow-secrets" in result.lines[-1]
        assert text.splitlines()[0] not in result.err
        allowed = await there.ask("-p", "yqcloud", "--allow-secrets", "--", text)
        assert (allowed.code, allowed.out) == (0, "Hello!\n")


async def test_a_secret_goes_to_a_provider_with_a_key(shell: Shell) -> None:
    async with town(shell, openai=always(whole(STREAM))) as there:
        assert (await there.ask("-p", "openai", SECRETS["an API key"])).code == 0


async def test_a_secret_does_not_move_on_to_keyless(shell: Shell) -> None:
    async with town(shell, openai=BUSY, yqcloud=RAW) as there:
        result = await there.ask("-p", "openai", "--fallback", "yqcloud", SECRETS["an API key"])
        assert (result.code, there.asked()) == (2, ["openai"])


async def test_first_use_is_told_once(shell: Shell) -> None:
    async with town(shell, yqcloud=RAW) as there:
        first = await there.ask("-p", "yqcloud", "hi")
        second = await there.ask("-p", "yqcloud", "hi")
    assert FIRST_USE.fullmatch(first.err.strip())
    assert second.err == ""
    assert (shell.home / "notices.json").stat().st_mode & 0o777 == 0o600


async def test_quiet_still_introduces(shell: Shell) -> None:
    """A notice that --quiet suppressed is shown in the next run."""
    async with town(shell, yqcloud=RAW) as there:
        quiet = await there.ask("-q", "-p", "yqcloud", "hi")
        loud = await there.ask("-p", "yqcloud", "hi")
    assert (quiet.err, bool(FIRST_USE.fullmatch(loud.err.strip()))) == ("", True)


async def test_health_is_shown(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=GLM) as there:
        await there.ask("-p", "yqcloud", "hi")
        await there.ask("-p", "chatglm", "hi")
    result = shell.run("models", "--health")
    assert (result.code, result.err) == (0, "")
    rows = {line.split()[0]: line for line in result.out.splitlines()[1:] if line.strip()}
    assert "blocked" in rows["yqcloud"]
    assert "ok" in rows["chatglm"]
    listed = json.loads(shell.run("models", "--health", "--json").out)
    assert {row["provider"]: row["last_outcome"] for row in listed} == {
        "yqcloud": "blocked",
        "chatglm": "ok",
    }


async def test_auto_asks_the_healthy_one_first(shell: Shell) -> None:
    async with town(shell, yqcloud=BAN, chatglm=GLM, chatgptt=PAGE) as there:
        for _ in range(2):
            await there.ask("-p", "yqcloud", "hi")
        await there.ask("-p", "chatglm", "hi")
        before = len(there.servers["yqcloud"].asked)
        result = await there.ask("hi")
        assert (result.code, len(there.servers["yqcloud"].asked)) == (0, before)
