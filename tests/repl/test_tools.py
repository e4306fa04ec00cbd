"""Tools in a session: asked about in the midst of an answer, switched with /tools."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from tests.servers.tool_model import Said, calls, results, says
from tests.terminals.person import Person
from tests.terminals.tools import KEYS, PANEL, Place, place

__all__ = ["place"]

Opens = Callable[..., AbstractContextManager[Place]]
OSLO = {"zone": "Oslo"}


def chat(there: Place, *argv: str, tools: bool = True, **env: Any) -> Person:
    names = ("-T", "t.py:now", "-T", "t.py:waits") if tools else ()
    me = there.person("chat", *names, *argv, **env)
    ready(me)
    return me


def ready(me: Person) -> None:
    """Waits until the line is ready: nothing streams, and no question is open."""
    me.until(lambda: me.line.startswith("> ") or me.line == ">", "the prompt")


def test_a_call_is_asked_about_in_the_midst_of_an_answer(place: Opens) -> None:
    with place(Said("Let me *look*.", (("now", OSLO),)), says("It is **noon**.")) as there:
        me = chat(there)
        me.say("hi")
        me.see("Let me look.", PANEL, KEYS)
        assert there.ran == []
        me.type("y")
        me.see('now {"zone": "Oslo"}: ', "It is noon.")
        assert (there.ran, there.model.refused) == (["Oslo"], [])
        ready(me)
        me.say("/info")
        me.see("tool calls", "now ok, ")


def test_a_yes_for_the_session_holds_in_its_next_answer(place: Opens) -> None:
    turns = (calls(("now", OSLO)), says("one"), calls(("now", OSLO)), says("two"))
    with place(*turns) as there:
        me = chat(there)
        me.say("hi")
        me.see(KEYS)
        me.type("a")
        me.see("one")
        ready(me)
        me.say("again")
        me.see("two")
        assert (len(there.ran), me.text.count(PANEL)) == (2, 1)


def test_another_definition_is_asked_about_in_the_next_answer(place: Opens) -> None:
    turns = (calls(("now", OSLO)), says("one"), calls(("now", OSLO)), says("two"))
    with place(*turns) as there:
        me = chat(there)
        me.say("hi")
        me.see(KEYS)
        me.type("a")
        me.see("one")
        ready(me)
        source = (there.folder / "t.py").read_text()
        (there.folder / "t.py").write_text(source.replace("12:00", "13:00"))
        me.say("again")
        me.see(KEYS, times=2)
        me.type("n")
        me.see("two")
        assert there.ran == ["Oslo"]


def test_what_is_typed_ahead_is_a_draft_and_no_answer(place: Opens) -> None:
    """Whoever types `yes, ...` when the panel comes goes on typing, and has agreed to nothing."""
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = chat(there)
        me.say("hi")
        for letter in "you may":
            me.type(letter)
            me.pump(0.1)
        me.see(KEYS)
        assert there.ran == []
        me.type("q")  # no answer either
        me.see(KEYS, times=2)
        me.type("n")
        me.see("It is noon.")
        me.see("> you mayq")
        assert there.ran == []


def test_ctrl_c_at_the_question_stops_the_answer(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = chat(there)
        me.say("hi")
        me.see(KEYS)
        me.press("ctrl-c")
        me.see_line("Stopped. .*")
        ready(me)
        assert there.ran == []
        me.say("/continue")
        me.see("It is noon.")
        assert "stopped this call" in results(there.model.asked[1])[0]


def test_ctrl_c_cancels_a_call_that_runs(place: Opens) -> None:
    with place(calls(("waits", {})), says("It is noon.")) as there:
        me = chat(there)
        me.say("hi")
        me.see("Run it?")
        me.type("y")
        me.until((there.folder / "waiting").exists, "the call")
        began = time.monotonic()
        me.press("ctrl-c")
        me.see("Stopped.")
        assert time.monotonic() - began < 30
        ready(me)


def test_arguments_are_edited_in_the_editor(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = chat(there, EDITOR="sed -i s/Oslo/Paris/")
        me.say("hi")
        me.see(KEYS)
        me.type("e")
        me.see("you changed the arguments")
        me.see(KEYS, times=2)
        me.type("y")
        me.see("It is noon.")
        assert there.ran == ["Paris"]


def test_tools_are_listed_switched_and_shown(place: Opens) -> None:
    with place(lambda body: says(f"{len(body.get('tools', ()))} tools")) as there:
        me = chat(there)
        me.say("/tools")
        me.see("on, asks", "The time in a zone.", "Waits for a long time.")
        me.say("/tools off waits")
        me.see("waits is off")
        me.say("hi")
        me.see("1 tools")
        ready(me)
        me.say("/tools on waits")
        me.see("waits is on")
        me.say("hi")
        me.see("2 tools")
        ready(me)
        me.say("/tools show now")
        me.see("called now by the model")
        me.say("/tools off")
        me.see("all tools are off")
        me.say("hi")
        me.see("0 tools")


def test_a_tool_is_switched_on_in_a_session_without_any(place: Opens) -> None:
    with place(calls(("now", OSLO)), says("It is noon.")) as there:
        me = chat(there, tools=False)
        me.say("/tools on t.py:now")
        me.see("t.py:now is on")
        me.say("hi")
        me.see(KEYS)
        me.type("y")
        me.see("It is noon.")
        assert there.ran == ["Oslo"]


def test_a_name_that_means_nothing_is_told_and_changes_nothing(place: Opens) -> None:
    with place(says("hello")) as there:
        me = chat(there, tools=False)
        me.say("/tools on nothing")
        me.see("unknown tool nothing")
        me.say("/tools on")
        me.see("/tools takes on NAME, off NAME or show NAME")
        me.say("hi")
        me.see("hello")


def test_names_are_completed(place: Opens) -> None:
    with place(says("hello")) as there:
        me = chat(there)
        me.say("/tools")
        me.see("on, asks")
        ready(me)
        me.type("/tools off wa\t")
        me.see_line(r"\s+waits\s*")


def test_chat_with_a_keyless_service_takes_no_tools(place: Opens) -> None:
    with place(says("hello")) as there:
        me = there.person("chat", "-p", "yqcloud", "-T", "t.py:now")
        me.see("yqcloud does not support tools")
        assert me.end() == 2
