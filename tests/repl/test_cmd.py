"""`/cmd` in the session: the dialogue of `llmchat cmd`, outside of the conversation."""

from __future__ import annotations

from pathlib import Path

from tests.cmd.conftest import Desk, Model, desk, model, variables
from tests.e2e.shell import LLMCHAT
from tests.terminals.person import Person

__all__ = ["desk", "model", "variables"]


def session(desk: Desk, home: Path) -> Person:
    home.mkdir(exist_ok=True)
    (home / "repl_history").touch(mode=0o600)  # not the very first start, which explains keys
    me = desk(str(LLMCHAT), "chat")
    me.until(lambda: me.line == ">" and "box" in me.screen, "a prompt")
    return me


def wish(me: Person, text: str) -> None:
    me.say(f"/cmd {text}")
    me.until(lambda: me.line.endswith("[q]uit"), "the keys")


def test_r_runs_it_and_the_session_continues(desk: Desk, model: Model, home: Path) -> None:
    me = session(desk, home)
    model.reply = "test -t 0 && touch ran; exit 3"
    wish(me, "make a file")
    me.press("enter")
    me.pump(0.2)
    assert not (desk.folder / "ran").exists()
    me.insist("r", (desk.folder / "ran").exists, "the file")
    me.see("exit code 3")
    me.until(lambda: me.line == ">", "a prompt")
    assert (desk.folder / "ran").exists()
    assert not (home / "history.db").exists()
    me.say("/exit")
    assert me.end() == 0
    assert me.stty() == me.before


def test_ctrl_c_while_it_thinks_stops_only_that(desk: Desk, model: Model, home: Path) -> None:
    me = session(desk, home)
    model.silent = True
    me.say("/cmd anything")
    me.see("waiting for box")
    me.press("ctrl-c")
    me.until(lambda: me.line == ">", "a prompt")
    assert me.text.split("/cmd anything\n")[1].startswith("\n>")  # one row below, and no more
    model.silent = False
    model.reply = "printf beg%s un; sleep 100"
    wish(me, "wait")
    me.type("r")
    me.see("begun")
    me.press("ctrl-c")
    me.see("ended by signal 2")


def test_without_words_it_says_what_to_type(desk: Desk, model: Model, home: Path) -> None:
    me = session(desk, home)
    me.say("/cmd")
    me.see("/cmd find files over 1 GB")
    assert model.asked == []


def test_tokens_has_what_it_took(desk: Desk, model: Model, home: Path) -> None:
    me = session(desk, home)
    model.reply = "sleep 100"
    wish(me, "wait")
    me.type("q")
    me.until(lambda: me.line == ">", "a prompt")
    me.say("/tokens")
    me.see_line("used in this session, as reported by services +27")
