"""A person is asked about each call of `ask -T`: the panel, its keys, and what is no answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.servers.tool_model import Said, calls, results, says
from tests.terminals.person import Person, environment, home
from tests.terminals.tools import KEYS, PANEL, Place, place

__all__ = ["environment", "home", "place"]

Opens = Callable[..., AbstractContextManager[Place]]
OSLO, ROME = {"zone": "Oslo"}, {"zone": "Rome"}


def answered(me: Person, text: str = "It is noon.") -> None:
    me.see(text)
    assert me.end() == 0


def test_a_yes_runs_it_once(place: Opens) -> None:
    with place(calls(("now", OSLO)), calls(("now", ROME)), says("It is noon.")) as there:
        me = there.asks()
        me.see(PANEL, '"zone": "Oslo"', KEYS)
        assert there.ran == []
        me.type("y")
        me.see(KEYS, times=2)
        assert there.ran == ["Oslo"]
        me.type("y")
        answered(me)
        assert (there.ran, there.model.refused) == (["Oslo", "Rome"], [])


@pytest.mark.parametrize("key", ["\r", "n", "\x04", "N"])
def test_enter_means_no(place: Opens, key: str) -> None:
    with place(calls(("now", OSLO)), lambda body: says(results(body)[0])) as there:
        me = there.asks()
        me.see(KEYS)
        me.type(key)
        answered(me, "The person refused this call; it did not run.")
        assert there.ran == []


def test_a_tool_is_agreed_to_for_the_session(place: Opens) -> None:
    with place(calls(("now", OSLO)), calls(("now", ROME)), says("It is noon.")) as there:
        me = there.asks()
        me.see(KEYS)
        me.type("a")
        answered(me)
        assert there.ran == ["Oslo", "Rome"]
        assert me.text.count(PANEL) == 1


def test_a_yes_is_none_to_another_definition(place: Opens) -> None:
    """The file changes while the person reads: what they approved is not what would run."""
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks()
        me.see(KEYS)
        (there.folder / "t.py").write_text(
            'def now(zone: str = "UTC") -> str:\n    """Something else."""\n    open("ran", "w")\n'
        )
        me.type("a")
        answered(me)
        assert there.ran == []
        assert "definition has changed" in results(there.model.asked[1])[0]


def test_the_arguments_are_edited(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks(EDITOR="sed -i s/Oslo/Paris/")
        me.see(KEYS)
        me.type("e")
        me.see("you changed the arguments", '"zone": "Paris"')
        assert there.ran == []
        me.see(KEYS, times=2)
        me.type("y")
        answered(me)
        assert there.ran == ["Paris"]
        assert 'now {"zone": "Paris"}: ' in me.text
        assert 'changed the arguments to {"zone": "Paris"}' in results(there.model.asked[1])[0]


def test_what_is_no_json_after_editing_changes_nothing(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks(EDITOR="sed -i s/{/[/")
        me.see(KEYS)
        me.type("e")
        me.see("not changed: the arguments are not valid JSON")
        me.see(KEYS, times=2)
        me.type("n")
        answered(me)


def test_the_whole_definition_is_shown(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks()
        me.see(KEYS)
        me.type("v")
        me.see("The time in a zone.", '"properties"', "hash ")
        me.see(KEYS, times=2)
        me.type("n")
        answered(me)


def test_keys_typed_ahead_are_no_answer(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks()
        me.type("yyy\ry")
        me.see(PANEL)
        me.type("y")  # before the keys are named
        me.see(KEYS)
        me.pump(0.6)
        assert there.ran == []
        me.type("n")
        answered(me)
        assert there.ran == []


def test_a_paste_is_no_answer(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks()
        me.see(KEYS)
        me.type("yes, of course")
        me.see(KEYS, times=2)
        assert there.ran == []
        me.type("y")
        answered(me)


def test_ctrl_c_at_the_question_runs_nothing(place: Opens) -> None:
    with place(Said("Let me look.", (("now", OSLO),))) as there:
        me = there.asks()
        me.see("Let me look.", KEYS)
        me.press("ctrl-c")
        assert me.end() == -2
        me.see_line("llmchat: interrupted")
        assert there.ran == []
        assert me.stty() == me.before
        shown = there.person("history", "show", "last", "--raw")
        shown.see("Let me look.", "Tool call: `now` (cancelled")


def test_an_allowed_tool_is_not_asked_about(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks("--allow", "now")
        answered(me)
        assert there.ran == ["Oslo"]
        assert PANEL not in me.text
        assert 'now {"zone": "Oslo"}: ' in me.text


def test_at_the_round_limit_the_person_decides(place: Opens) -> None:
    with place(calls(("now", OSLO))) as there:
        me = there.asks("--allow", "now", "--max-rounds", "2")
        me.see("2 rounds of tool calls without an answer. Go on?")
        me.type("y")
        me.see("2 rounds of tool calls without an answer. Go on?", times=2)
        me.type("\r")
        me.see("stopped after 4 rounds of tool calls")
        assert me.end() == 10
        assert len(there.ran) == 4


def test_nothing_in_a_panel_is_obeyed(place: Opens) -> None:
    hostile = '{"zone": "\x1b[2J\u202e[bold red]\x07' + "x" * 300 + '"}'
    with place(calls(("now", hostile.replace("\x1b", "\\u001b").replace("\x07", "\\u0007")))) as t:
        me = t.asks(columns=40)
        me.see(KEYS)
        assert b"\x1b[2J" not in me.bytes
        assert "[bold" in me.text
        assert "\u202e" not in me.text
        assert max(map(len, me.display)) <= 40


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_panel_fits_its_screen(place: Opens, columns: int) -> None:
    long = {"zone": "a long way to " * 20}
    with place(calls(("now", long)), says("It is noon.")) as there:
        me = there.asks(columns=columns)
        me.see(KEYS)
        rows = [line for line in me.display if line.startswith("│")]
        assert rows
        assert {len(row) for row in rows} == {min(columns, 100)}
        me.type("n")
        answered(me)


def test_where_stdin_is_a_pipe_nobody_is_asked(place: Opens) -> None:
    with place(says("It is noon.")) as there:
        me = there.piped("ask", "-T", "t.py:now")
        me.see("cannot ask you about now without a terminal")
        assert me.end() == 2
        assert there.model.asked == []


def test_thinking_about_it_counts_against_no_deadline(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = there.asks("--timeout", "3", "--first-token-timeout", "3", "--stall-timeout", "3")
        me.see(KEYS)
        me.pump(4)
        me.type("y")
        answered(me)
        assert there.ran == ["Oslo"]
