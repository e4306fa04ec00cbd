"""With nothing set up, the person chooses a provider and agrees before anything is sent."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import select
import sys
import termios
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pexpect
import pytest

from llmchat.app.terminal.keys import typed_word
from llmchat.providers.presets import PRESETS
from tests.e2e.frames import END, delta, stop
from tests.e2e.shell import KEY, LLMCHAT, Shell, is_taken
from tests.e2e.test_third_parties import BAN, NAMES, RAW, Town, town
from tests.servers.scripted import SSE, Visit, head, serving, whole

MENU = "or q to quit: "
AGREED = "Send your question there? [y/N]"


@asynccontextmanager
async def person(there: Town, *argv: str, **env: str) -> AsyncIterator[pexpect.spawn]:
    variables = {**there.shell.environ, **there.env, "TERM": "xterm", "NO_COLOR": "1", **env}
    child = pexpect.spawn(
        str(LLMCHAT), list(argv), env=variables, encoding="utf-8", timeout=60, dimensions=(40, 200)
    )
    yield child
    child.close(force=True)


async def says(child: pexpect.spawn, *exchange: tuple[str, str]) -> str:
    """Types each answer after its question; returns what is shown after the last one."""

    def talk() -> str:
        for question, answer in exchange:
            child.expect_exact(question)
            child.send(answer)
        child.expect(pexpect.EOF)
        child.wait()
        return str(child.before)

    return await asyncio.to_thread(talk)


async def test_quitting_sends_nothing_and_keeps_nothing(shell: Shell) -> None:
    async with town(shell, yqcloud=RAW) as there, person(there, "ask", "hi") as child:
        told = await says(child, (MENU, "q\r"))
        assert (child.exitstatus, there.asked()) == (4, [])
        assert "nothing was sent" in told
        assert "llmchat auth gigachat" in told
        assert shell.history() == []


async def test_escape_quits_and_is_not_seen(shell: Shell) -> None:
    async with town(shell, yqcloud=RAW) as there, person(there, "ask", "hi") as child:
        told = await says(child, (MENU, "\x1b"))
        assert (child.exitstatus, there.asked()) == (4, [])
        assert told.strip().startswith("llmchat: no provider was chosen")


async def test_other_keys_at_the_choice_are_not_seen_and_a_typo_can_be_mended(
    shell: Shell,
) -> None:
    async with town(shell, yqcloud=RAW) as there, person(there, "ask", "hi") as child:
        child.expect_exact(MENU)
        for keys, shown in (("\x1b[A", ""), ("5x", "5x"), ("\x7f", "\b \b"), ("\r", "\r\n")):
            child.send(keys)
            child.expect_exact(shown)
            assert child.before == ""
        await says(child, ("always ask demo? [y/N]", "n\r"))
        assert child.exitstatus == 0


async def test_an_arrow_key_that_comes_in_pieces_is_not_typed() -> None:
    """As a slow connection sends it."""
    terminal, place = os.openpty()
    shown: list[str] = []

    async def send(*pieces: bytes) -> None:
        for piece in pieces:
            os.write(terminal, piece)
            select.select([place], [], [])
            while unread(place):  # noqa: ASYNC110  # a terminal tells nobody
                await asyncio.sleep(0)

    with os.fdopen(place) as keyboard:
        asked = asyncio.Event()
        typing = asyncio.create_task(typed_word(keyboard, asked.set, shown.append))
        await asked.wait()
        await send(b"\x1b", b"[", b"1;", b"5A", b"\x1bO", b"P", b"4", b"\r")
        assert (await typing, shown[1:]) == ("4", ["4"])
    os.close(terminal)


def unread(place: int) -> int:
    return int.from_bytes(fcntl.ioctl(place, termios.FIONREAD, bytes(4)), sys.byteorder)


async def test_a_page_of_the_question_is_not_fetched_before_the_choice(shell: Shell) -> None:
    async with town(shell, yqcloud=RAW) as there:
        url = there.servers["chatglm"].url
        async with person(there, "ask", "-f", url, "hi") as child:
            await says(child, (MENU, "q\r"))
            assert (child.exitstatus, there.asked()) == (4, [])


async def test_a_keyless_service_is_sent_nothing_before_the_yes(shell: Shell) -> None:
    """The service is chosen but not agreed to: a no sends nothing, a yes is asked for once."""
    async with town(shell, yqcloud=RAW) as there:
        chosen = ((MENU, "4\r"), (MENU, "yqcloud\r"), ("always ask yqcloud? [y/N]", "n\r"))
        async with person(there, "ask", "hi") as child:
            told = await says(child, *chosen, (AGREED, "n\r"))
            assert (child.exitstatus, there.asked()) == (2, [])
            assert "not sent to yqcloud" in told
        async with person(there, "ask", "hi") as child:
            told = await says(child, *chosen, (AGREED, "y\r"))
            assert (child.exitstatus, there.asked()) == (0, ["yqcloud"])
            assert "Hello!" in told
        async with person(there, "ask", "-p", "yqcloud", "hi") as child:
            assert "Hello!" in await says(child)


async def test_a_named_keyless_service_is_agreed_to_as_well(shell: Shell) -> None:
    argv = ("ask", "-p", "yqcloud", "-q", "hi")
    async with town(shell, yqcloud=RAW) as there, person(there, *argv) as child:
        await says(child, (AGREED, "\r"))
        assert (child.exitstatus, there.asked()) == (2, [])


async def test_moving_on_asks_for_the_next_one(shell: Shell) -> None:
    """Agreeing to one service does not cover another."""
    argv = ("ask", "-p", "yqcloud", "--fallback", "chatglm", "hi")
    async with town(shell, yqcloud=BAN, chatglm=RAW) as there, person(there, *argv) as child:
        await says(child, (AGREED, "y\r"), (AGREED, "n\r"))
        assert (child.exitstatus, there.asked()) == (2, ["yqcloud"])


async def test_a_choice_is_remembered_where_it_is_wished(shell: Shell) -> None:
    async with town(shell) as there:
        async with person(there, "ask", "hi") as child:
            await says(child, (MENU, "demo\r"), ("[y/N]", "y\r"))
            assert child.exitstatus == 0
        assert 'provider = "demo"' in (shell.home / "config.toml").read_text()
        async with person(there, "ask", "hi") as child:
            assert MENU not in await says(child)
            assert (child.exitstatus, there.asked()) == (0, [])


async def test_in_a_session_the_first_question_brings_the_choice(shell: Shell) -> None:
    async with town(shell, yqcloud=RAW) as there, person(there, "chat") as child:
        exchange: Sequence[tuple[str, str]] = (
            ("auto", "hi\r"),
            (MENU, "4\r"),
            (MENU, "yqcloud\r"),
            ("always ask yqcloud? [y/N]", "n\r"),
            (AGREED, "n"),
            ("not sent to yqcloud", "\x15"),
            ("> ", "\x04"),
        )
        await says(child, *exchange)
        assert there.asked() == []


async def test_a_key_can_be_typed_after_its_page_was_shown(shell: Shell) -> None:
    async with town(shell) as there, person(there, "ask", "hi") as child:
        told = await says(child, (MENU, "1\r"), ("(input hidden): ", "\x03"))
        assert (child.signalstatus, there.asked()) == (2, [])
        assert "interrupted" in told


async def test_a_script_asks_only_the_keyless_services_of_the_setting(shell: Shell) -> None:
    async with town(shell) as there:
        one = await there.ask("hi", LLMCHAT_KEYLESS="chatglm")
        assert (one.code, there.asked()) == (8, ["chatglm"])
        none = await there.ask("hi", LLMCHAT_KEYLESS="[]")
        assert (none.code, there.asked()) == (4, ["chatglm"])
        assert "there is no provider to ask" in none.err


async def test_a_script_asks_a_service_that_is_probably_closed_last(shell: Shell) -> None:
    row = {"provider": NAMES[1], "bad": 3, "in_row": 3, "last_outcome": "blocked", "last": 1}
    (shell.home / "health.json").write_text(json.dumps([row]))
    async with town(shell) as there:
        result = await there.ask("hi")
        assert result.lines[-2].rfind(f"{NAMES[1]}:") > result.lines[-2].rfind(f"{NAMES[0]}:")


async def test_an_unknown_name_in_the_setting_is_a_mistake_with_its_line(shell: Shell) -> None:
    (shell.home / "config.toml").write_text('keyless = ["yqclaud"]\n')
    result = shell.ask("hi")
    assert result.code == 3
    assert "config.toml:1: unknown provider yqclaud" in result.err


async def test_ctrl_c_at_the_question_for_a_yes_leaves_nothing_behind(shell: Shell) -> None:
    async with town(shell) as there, person(there, "ask", "-p", "yqcloud", "hi") as child:
        told = await says(child, (AGREED, "\x03"))
        assert (child.signalstatus, there.asked(), shell.history()) == (2, [], [])
        assert "\r\nllmchat: interrupted" in told


async def test_ctrl_c_at_the_choice_is_told_on_a_line_of_its_own(shell: Shell) -> None:
    async with town(shell) as there, person(there, "ask", "hi") as child:
        assert "\r\nllmchat: interrupted" in await says(child, ("q to quit: ", "\x03"))


async def test_ctrl_c_at_the_choice_leaves_the_next_line_to_the_session(shell: Shell) -> None:
    async with town(shell) as there, person(there, "chat") as child:
        exchange = (("auto", "hi\r"), ("q to quit: ", "\x03"), ("/provider NAME", "\x15/info\r"))
        told = await says(child, *exchange, ("conversation", "\x15\x04"))
        assert "there is no command" not in told


async def test_a_key_that_is_typed_at_the_choice_answers_the_question(shell: Shell) -> None:
    listed = whole({"object": "list", "data": [{"id": "deepseek-flash"}]}, connection="close")

    async def script(visit: Visit) -> None:
        lists = visit.asked.target.endswith("/models")
        assert visit.asked.headers["authorization"] == f"Bearer {KEY}"
        await visit.send(listed if lists else head(200, SSE) + delta("From there.") + stop() + END)

    async with town(shell, deepseek=script) as there, person(there, "ask", "hi") as child:
        exchange = ((MENU, "2\r"), (MENU, "deepseek\r"), ("(input hidden): ", f"{KEY}\r"))
        told = await says(child, *exchange, ("[y/N]", "n\r"))
        assert child.exitstatus == 0, told
        assert "From there." in told
    assert KEY not in told


@pytest.mark.usefixtures("usual_ports")
async def test_a_server_that_runs_on_its_usual_port_answers_before_any_site(shell: Shell) -> None:
    """And the person is told once who it is."""
    place = PRESETS["ollama"].base_url
    listed = whole({"data": [{"id": "llama3.2"}]}, connection="close")

    async def script(visit: Visit) -> None:
        lists = visit.asked.target.endswith("/models")
        await visit.send(listed if lists else head(200, SSE) + delta("Here.") + stop() + END)

    usual = urlsplit(place).port or 80
    if is_taken(usual):
        pytest.skip(f"something else listens at {place}")
    async with serving(script, port=usual), town(shell) as there:
        first = await there.ask("hi", LLMCHAT_FIND_LOCAL="true")
        second = await there.ask("hi", LLMCHAT_FIND_LOCAL="true")
        models = await asyncio.to_thread(shell.run, "models", env={"LLMCHAT_FIND_LOCAL": "true"})
        assert (first.code, first.out, there.asked()) == (0, "Here.\n", [])
    assert f"asking ollama, which answers at {place}" in first.err
    assert second.err == ""
    states = [line for line in models.out.splitlines() if line.startswith(("ollama", "vllm"))]
    assert ["not reachable" in state for state in states] == [False, True]
    assert "running" in states[0]
