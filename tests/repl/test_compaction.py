"""/compact as a person sees it."""

from __future__ import annotations

from pathlib import Path

from tests.repl.commands.test_commands import QUICK, asked
from tests.terminals.kept import rows
from tests.terminals.person import Chat

SUMMARIES = "SELECT keeps, text <> '', total_tokens > 0 FROM message WHERE role = 'summary'"


def test_it_is_told_shown_in_the_tree_and_undone(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("/compact")
    me.see("nothing to compact yet")
    for question in ("one", "two", "three"):
        asked(me, question)
    me.say("/compact mind the numbers")
    me.see("4 earlier messages summarized by demo/demo", "/undo takes it back")
    assert rows(home, SUMMARIES) == [(2, 1, 1)]
    me.prompt()
    me.say("/tree")
    me.see("summary: ")
    me.prompt()
    me.say("/undo")
    me.see("Undone: the summary; earlier turns are sent again")
    me.prompt()
    me.say("/redo")
    me.see("Redone: the summary; earlier turns are no longer sent")
    me.prompt()
    me.say("/undo")
    me.see("Undone: the summary", times=2)
    last = "SELECT role FROM message JOIN conversation ON leaf = message.id"
    assert rows(home, last) == [("assistant",)]
    me.prompt()
    me.say("/compact --last=1")
    me.see("4 earlier messages no longer sent")
    for number, mistyped in enumerate(("--last x", "--lsat 2"), 1):
        me.prompt()
        me.say(f"/compact {mistyped}")
        me.see("--last needs a number of turns", times=number)


def test_tokens_has_what_summaries_and_compared_answers_took(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    for question in ("one", "two"):
        asked(me, question)
    me.say("/compact")
    me.see("2 earlier messages summarized by demo/demo")
    me.prompt()
    me.say("/vs demo demo/demo")
    me.see("/tree N continues from another one")
    me.prompt()
    took = "SELECT count(total_tokens), sum(total_tokens) FROM message"
    [(count, tokens)] = rows(home, took)
    assert count == 5
    me.say("/tokens")
    me.see_line(rf"used in this session, as reported by services +{tokens:,}")


def test_a_full_window_is_asked_about_and_a_no_is_remembered(chat: Chat, home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('compact = "ask"\n[providers.demo]\ncontext = 400\n')
    me = chat(*QUICK)
    for question in ("one", "two", "three", "four"):
        asked(me, question)
    me.say("five " + "and so on " * 20)
    me.see("Summarize its earlier turns?")
    me.type("n")
    me.see("You asked", times=5)
    assert rows(home, SUMMARIES) == []
    me.prompt()
    me.say("six")
    me.see("You asked", times=6)
    assert me.text.count("Summarize its earlier turns?") == 1
