"""The same faults with a person before them: questions are asked, lines are left clean."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pexpect
import pytest

from tests.e2e.faults import settings
from tests.e2e.frames import END, delta, stop, streaming
from tests.e2e.shell import KEY, LLMCHAT, Shell
from tests.servers.scripted import SSE, TEXT, Script, Server, Visit, always, head, serving, whole

RAW = always(whole("Hello!", TEXT))


@asynccontextmanager
async def terminal(
    shell: Shell, script: Script, provider: str, *words: str, term: str = "xterm"
) -> AsyncIterator[tuple[pexpect.spawn, Server]]:
    async with serving(script) as server:
        env = {**shell.environ, **settings(provider, server.url), "TERM": term, "NO_COLOR": "1"}
        argv = ["ask", "-p", provider, *words]
        child = pexpect.spawn(
            str(LLMCHAT), argv, env=env, encoding="utf-8", timeout=60, dimensions=(24, 200)
        )
        yield child, server
        child.close(force=True)


async def until(child: pexpect.spawn, text: str) -> str:
    await asyncio.to_thread(child.expect_exact, text)
    return str(child.before)


def nothing_came(child: pexpect.spawn) -> bool:
    try:
        child.read_nonblocking(100, timeout=0)
    except pexpect.TIMEOUT:
        return True
    return False


async def end(child: pexpect.spawn) -> str:
    await asyncio.to_thread(child.expect, pexpect.EOF)
    await asyncio.to_thread(child.wait)
    return str(child.before)


THINKS = streaming(delta("", reasoning_content="Hm."), delta("Hello!"), stop(), END)


@pytest.mark.parametrize(("term", "dims"), [("xterm", True), ("dumb", False), ("", False)])
async def test_a_dumb_terminal_gets_thoughts_without_sequences(
    shell: Shell, term: str, dims: bool
) -> None:
    async with terminal(shell, THINKS, "openai", "hi", term=term) as (child, _):
        told = await end(child)
    assert "Hm." in told
    assert ("\x1b[2m" in told, "\x1b" in told) == (dims, dims)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2), ("maybe", 2)])
async def test_a_secret_is_asked_about(shell: Shell, answer: str, code: int) -> None:
    """Only a clear yes sends it."""
    async with terminal(shell, RAW, "yqcloud", f"what is {KEY}") as (child, server):
        before = await until(child, "[y/N] ")
        assert "API key" in before
        assert KEY not in before
        await asyncio.sleep(0.5)
        assert nothing_came(child)  # the spinner would write over the question
        child.sendline(answer)
        await end(child)
        assert (child.exitstatus, len(server.asked)) == (code, 1 - code // 2)


async def test_ctrl_c_instead_of_an_answer_to_the_question(shell: Shell) -> None:
    async with terminal(shell, RAW, "yqcloud", f"what is {KEY}") as (child, server):
        await until(child, "[y/N] ")
        child.sendintr()
        told = await end(child)
        assert (child.signalstatus, server.asked) == (signal.SIGINT, [])
        assert "Traceback" not in told


async def test_ctrl_c_in_an_answer(shell: Shell) -> None:
    """The part that came stays on the screen; the process died of the signal."""

    async def half(visit: Visit) -> None:
        await visit.send(head(200, SSE) + delta("The answer "))
        await visit.hung_up()

    async with terminal(shell, half, "openai", "hi") as (child, _):
        await until(child, "The answer")
        child.sendintr()
        told = await end(child)
        assert child.signalstatus == signal.SIGINT
        assert "interrupted" in told
        assert "Traceback" not in told
    assert [s.state for s in shell.history()] == ["complete", "interrupted"]


async def test_ctrl_c_at_the_spinner(shell: Shell) -> None:
    async def silent(visit: Visit) -> None:
        await visit.hung_up()

    async with terminal(shell, silent, "openai", "hi") as (child, _):
        await until(child, "openai")
        child.sendintr()
        told = await end(child)
        assert child.signalstatus == signal.SIGINT
        assert "interrupted" in told


async def test_no_question_at_a_terminal(shell: Shell) -> None:
    """Nobody waits for a text that nobody said he would type."""
    async with terminal(shell, RAW, "yqcloud") as (child, server):
        told = await end(child)
        assert (child.exitstatus, server.asked) == (2, [])
        assert "no prompt given" in told


async def test_an_error_at_a_terminal_is_two_lines(shell: Shell) -> None:
    refused = always(whole({"error": {"message": "no \x1b[31mred\x07"}}, status=401))
    async with terminal(shell, refused, "openai", "hi") as (child, _):
        told = await end(child)
        assert child.exitstatus == 4
        lines = [line for line in told.replace("\r\x1b[K", "").splitlines() if line.strip()]
        assert len(lines) == 2, lines
        assert "\x1b[31m" not in told
        assert "\x07" not in told
