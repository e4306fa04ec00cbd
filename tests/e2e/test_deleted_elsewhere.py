"""A conversation that one process deletes or purges while another one goes on with it."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.e2e.frames import END, delta, stop
from tests.e2e.shell import LLMCHAT, Shell
from tests.e2e.test_signals import Child
from tests.servers.scripted import SSE, Visit, head, serving
from tests.terminals.kept import rows
from tests.terminals.person import Chat, Person, chat, environment, home

__all__ = ["chat", "environment", "home"]

BACK = "the conversation was in the trash; this question brought it back"
AS_NEW = "the conversation is no longer in the history; this question starts a new one"


def llmchat(environment: dict[str, str], *argv: str) -> str:
    command = [str(LLMCHAT), *argv]
    ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return ended.stdout


def asked(me: Person, question: str) -> None:
    """One question and its whole answer."""
    before = me.text.count("You asked")
    me.prompt()
    me.say(question)
    me.see("You asked", times=before + 1)
    me.prompt()


def questions(home: Path) -> list[str]:
    found = rows(home, "SELECT text FROM message WHERE role = 'user' ORDER BY id")
    return [text for (text,) in found]


@pytest.mark.parametrize("purged", [False, True], ids=["deleted", "purged"])
async def test_by_another_process_while_a_follow_up_is_answered(shell: Shell, purged: bool) -> None:
    go_on = asyncio.Event()

    async def slow(visit: Visit) -> None:
        await visit.send(head(200, SSE) + delta("The "))
        if len(server.asked) > 1:
            await go_on.wait()
        await visit.send(delta("answer") + stop() + END)

    async with serving(slow) as server:
        first = Child(shell, server.url)
        assert (await asyncio.to_thread(first.end))[0] == 0
        second = Child(shell, server.url, "-c")
        await asyncio.to_thread(second.until_said, b"The ")
        for words in (("delete", "last"), *([("purge", "--all", "-y")] if purged else [])):
            done = await asyncio.to_thread(shell.run, "history", *words)
            assert done.code == 0, done.err
        go_on.set()
        code, out, err = await asyncio.to_thread(second.end)
    assert (code, out) == (0, b"The answer\n")
    assert (AS_NEW if purged else "the conversation is in the trash now") in err
    assert len(err.splitlines()) == 1
    assert [said.text for said in shell.history()].count("The answer") == (1 if purged else 2)


def test_by_another_process_between_two_questions_of_a_session(
    chat: Chat, environment: dict[str, str], home: Path
) -> None:
    me = chat("-o", "tokens", "20")
    asked(me, "first words")
    llmchat(environment, "history", "delete", "last")
    asked(me, "second words")
    me.see(BACK)
    asked(me, "third words")
    assert me.text.count(BACK) == 1
    assert questions(home) == ["first words", "second words", "third words"]
    llmchat(environment, "history", "delete", "last")
    llmchat(environment, "history", "purge", "--all", "-y")
    asked(me, "fourth words")
    me.see(AS_NEW)
    asked(me, "fifth words")
    assert questions(home) == ["fourth words", "fifth words"]


@pytest.mark.parametrize("purged", [False, True])
def test_a_question_is_taken_back_all_the_same(
    chat: Chat, environment: dict[str, str], purged: bool
) -> None:
    me = chat("-o", "tokens", "20")
    asked(me, "first words")
    asked(me, "second words")
    llmchat(environment, "history", "delete", "last")
    if purged:
        llmchat(environment, "history", "purge", "--all", "-y")
    me.say("/undo")
    me.see("Undone: second words")
    asked(me, "third words")
    me.see(AS_NEW if purged else BACK)
    shown = llmchat(environment, "history", "show", "last")
    told = [f"{word} words\n" in shown for word in ("first", "second", "third")]
    assert told == [not purged, False, True]
