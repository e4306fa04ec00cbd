"""A budget in a session: asked about in its place, and a no gives the question back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.terminals.person import Chat

QUICK = ("-o", "tokens", "40")


def answers(home: Path) -> int:
    with sqlite3.connect(home / "history.db") as connection:
        found = connection.execute("SELECT count(*) FROM message WHERE role = 'assistant'")
        return int(found.fetchone()[0])


def test_a_no_gives_the_question_back_and_a_yes_holds_for_the_session(
    chat: Chat, home: Path
) -> None:
    me = chat(*QUICK, LLMCHAT_BUDGET="20 tokens/day")
    me.prompt()
    me.say("first")
    me.see("You asked")
    me.prompt()
    me.say("second")
    me.see("Today's budget of 20 tokens is used up", "Ask anyway? [y/N]")
    me.type("n")
    me.see("not sent: today's budget of 20 tokens is used up")
    me.until(lambda: me.line == "> second", "the question in the line")
    assert answers(home) == 1
    me.press("enter")
    me.see("Ask anyway? [y/N]", times=2)
    me.type("y")
    me.see("You asked", times=2)
    me.prompt()
    me.say("third")
    me.see("You asked", times=3)
    assert answers(home) == 3
