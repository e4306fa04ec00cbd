"""`!command` in the session: its output goes along with the next question, nothing else does."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.terminals.kept import rows
from tests.terminals.person import Chat
from tests.tools.processes import alive, until

QUICK = ("-o", "tokens", "5")


def questions(home: Path) -> list[str]:
    return [text for (text,) in rows(home, "SELECT text FROM message WHERE role = 'user'")]


def test_the_output_is_shown_and_goes_along_once_as_plain_text(
    chat: Chat, home: Path, tmp_path: Path
) -> None:
    """An @path in it attaches nothing; an escape sequence in it reaches no terminal."""
    (tmp_path / "secret.txt").write_text("hidden words\n")
    me = chat(*QUICK)
    me.prompt()
    me.say(r"!printf 'see @secret.txt \033]0;title\007 %s' $((6*7)); exit 3")
    me.see("see @secret.txt ^[]0;title^G 42", "exit code 3", "added to the next question")
    me.prompt()
    assert not (home / "history.db").exists()
    me.say("why?")
    me.see("You asked")
    me.prompt()
    [text] = questions(home)
    assert text.startswith("why?\n\nOutput of printf")
    assert "(exit code 3):\n```" in text
    assert "@secret.txt" in text
    assert "hidden words" not in text
    assert b"\x1b]0;title" not in me.bytes


def test_two_marks_only_run_it(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("!!test -t 1 && echo a terminal")
    me.until(lambda: "a terminal" in me.display, "its output")
    me.prompt()
    me.say("hello")
    me.see("You asked")
    me.prompt()
    assert questions(home) == ["hello"]


def test_ctrl_c_ends_the_command_and_not_the_session(chat: Chat) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("!echo begun; exec sleep 100")
    me.until(lambda: "begun" in me.display, "its output")
    me.press("ctrl-c")
    me.see("ended by signal 2")
    me.prompt()
    me.say("/exit")
    assert me.end() == 0
    assert me.stty() == me.before


def test_keys_of_services_are_not_in_its_environment(chat: Chat, tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": "canary-1", "LLMCHAT_GIGACHAT_CREDENTIALS": "canary-2"}
    me = chat(*QUICK, **keys, GIGACHAT_ACCESS_TOKEN="canary-3", MINE="kept")
    me.prompt()
    me.say("!env > seen; echo written")
    me.see("added to the next question")
    seen = (tmp_path / "seen").read_text()
    assert "MINE=kept\n" in seen
    assert "LLMCHAT_HOME=" in seen
    assert "canary" not in seen


def test_a_long_output_loses_its_middle_and_says_so(chat: Chat) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.say("!yes abcdefg | head -c 100000")
    me.see("added to the next question", "the middle left out")


def test_only_one_line_that_begins_with_the_mark_is_a_command(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    for number, line in enumerate((" !touch ran", "![touch ran](x)"), start=1):
        me.prompt()
        me.say(line)
        me.see("You asked", times=number)
    me.prompt()
    me.paste("!touch ran\ntouch ran")
    me.press("enter")
    me.see("You asked", times=3)
    me.prompt()
    me.say("!")
    me.see("no shell command given")
    assert len(questions(home)) == 3
    assert not (home.parent / "ran").exists()


def test_what_a_folded_paste_hides_is_not_run(chat: Chat, home: Path) -> None:
    me = chat(*QUICK)
    me.prompt()
    me.type("!: ")
    me.paste("x; touch ran\n" * 100)
    me.press("enter")
    me.see("cannot contain a folded paste")
    assert not (home.parent / "ran").exists()
    assert not (home / "history.db").exists()


def test_ctrl_c_that_comes_with_the_end_of_the_command_is_not_for_the_line(
    chat: Chat, tmp_path: Path
) -> None:
    """As on a busy machine: the session is stopped, and learns of both at once."""
    me = chat(*QUICK)
    me.prompt()
    me.say("!echo $$ > child.new; mv child.new child; echo begun; exec sleep 100")
    me.until(lambda: "begun" in me.display, "its output")
    child = int((tmp_path / "child").read_text())
    os.kill(me.process.pid, signal.SIGSTOP)
    me.press("ctrl-c")
    until(lambda: not alive(child), "its end")
    os.kill(me.process.pid, signal.SIGCONT)
    me.see("ended by signal 2")
    me.prompt()
    assert "Press Ctrl-C again" not in me.text
